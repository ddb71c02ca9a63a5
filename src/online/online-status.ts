import { from, table, type ColumnTable } from "arquero";
import { columnValues } from "../engine/arquero.js";
import { formatDatetime, parseDatetime } from "../engine/datetime.js";
import type { VegaLiteSpec } from "../report/report.js";
import { Report } from "../report/report.js";
import { figure } from "../report/figure/figure.js";
import { ink } from "../report/figure/ink.js";
import { planFigure } from "../report/task/plan-figure.js";
import { taskSegments } from "../task/task.js";
import { icByAge } from "./ic-by-age.js";
import type { JournalEntry } from "./journal.js";
import type { OnlineManager } from "./online-manager.js";
import { RunCache } from "./run-cache.js";

/**
 * How a manager stands: its models and when each was online, how many instruments have a signal on each date, and the IC of
 * its models by their age; shows itself as the last value of a cell.
 *
 * Sections `models`, `coverage`, `ic-by-age`, `journal`; one without rows is left out.
 *
 * @example
 * // (await onlineStatus(await OnlineManager.load("daily"))).table("models")
 */
export async function onlineStatus(manager: OnlineManager): Promise<Report> {
  const [journal, signals, day] = await Promise.all([manager.journal(), manager.signals(), manager.currentDay()]);
  const { calendar } = await manager.market();
  const cache = new RunCache();
  const spells = onlineSpells(journal);
  const models = await modelRows(spells, cache);
  const runs = await cache.recorders(spells.map(({ run }) => run));
  const coverage = coverageOf(signals);
  const ages = await icByAge(runs, { calendar, cache, day });
  const online = models.filter(({ until }) => until === null).length;
  const sections = [
    {
      name: "models",
      title: "Models and when they were online",
      meaning:
        "train and test as planned; online from the routine that took a model to the day before the next took over",
      table: from(models),
      spec: modelsFigure(models, day),
      text: `${models.length} models, ${online} of them online on ${day}`,
      rows: models.length,
    },
    {
      name: "coverage",
      title: "Signals by date",
      meaning: "instruments with a score on each date, and on which day its signals were issued",
      table: coverage,
      spec: bars(coverage, { x: "datetime", y: "instruments", title: "Instruments with a signal", temporal: true }),
      text: `${coverage.numRows()} dates with signals`,
      rows: coverage.numRows(),
    },
    {
      name: "ic-by-age",
      title: "IC by age of the model",
      meaning:
        "mean over models of the daily IC, by trading days since the first test day; labels not known yet do not count",
      table: ages,
      spec: bars(ages, { x: "age", y: "ic", title: "Mean IC" }),
      text: `mean IC at ${ages.numRows()} ages`,
      rows: ages.numRows(),
    },
    {
      name: "journal",
      title: "Journal",
      meaning: "what was done on each day",
      table: from(journal.map(journalRow)),
      text: `${journal.length} entries`,
      rows: journal.length,
    },
  ];
  const open = journal.filter(({ state }) => state !== "done").map((entry) => `${entry.kind} of ${entry.day}`);
  const failed = journal.flatMap((entry) =>
    Object.values(entry.strategies).flatMap(({ updates = [] }) => updates.filter(({ status }) => status === "failed")),
  );
  return new Report({
    kind: "online-status",
    title: `Online manager ${manager.name}`,
    facts: {
      ...{ day, strategies: manager.strategies.map(({ name }) => name).join(", "), models: models.length },
      ...{
        online,
        "signal dates": coverage.numRows(),
        signals: signals.numRows(),
        routines: journal.filter(isRoutine).length,
      },
    },
    notes: [
      ...(open.length > 0 ? [`broken off, to be run again: ${open.join(", ")}`] : []),
      ...failed.map(({ run, message }) => `the prediction of run ${run} could not be extended: ${message ?? ""}`),
    ],
    sections: sections.filter(({ rows }) => rows > 0).map(({ rows: _, ...section }) => section),
  });
}

const isRoutine = ({ kind }: JournalEntry): boolean => kind === "routine";

/** A stretch of days on which one model was online; null: it still is. */
interface Spell {
  readonly strategy: string;
  readonly run: string;
  readonly since: string;
  until: string | null;
}

function onlineSpells(journal: readonly JournalEntry[]): Spell[] {
  const spells: Spell[] = [];
  for (const { day, strategies } of journal)
    for (const [strategy, { online }] of Object.entries(strategies)) {
      if (!online) continue;
      const open = spells.filter((spell) => spell.strategy === strategy && spell.until === null);
      for (const spell of open) if (!online.includes(spell.run)) spell.until = day;
      for (const run of online)
        if (!open.some((spell) => spell.run === run)) spells.push({ strategy, run, since: day, until: null });
    }
  return spells;
}

async function modelRows(spells: readonly Spell[], cache: RunCache) {
  const rows = [];
  for (const [i, { strategy, run, since, until }] of spells.entries()) {
    const [recorder] = await cache.recorders([run]);
    const task = await cache.task(recorder!);
    const { train, test } = taskSegments(task);
    const text = (time: unknown) => (time == null ? null : formatDatetime(parseDatetime(time as string)));
    const model = String((task.model as { class?: unknown } | undefined)?.class ?? "");
    rows.push({
      ...{ task: i + 1, strategy, model, since, until },
      ...{ train_start: text(train?.[0]), train_end: text(train?.[1]) },
      ...{ test_start: text(test?.[0]), test_end: text(test?.[1]), run },
    });
  }
  return rows;
}

function modelsFigure(models: Awaited<ReturnType<typeof modelRows>>, day: string): VegaLiteSpec {
  const bars = models.flatMap(({ task, strategy, model, since, until, train_start, train_end }) => {
    const name = `${strategy} ${model}`;
    return [
      { task, model: name, segment: "train", start: train_start, end: train_end },
      { task, model: name, segment: "online", start: since, end: until ?? day },
    ];
  });
  const spec = planFigure(bars, { subtitle: `up to ${day}` });
  return { ...spec, title: { ...(spec.title as object), text: "Models and when they were online" } };
}

function coverageOf(signals: ColumnTable): ColumnTable {
  const [days, scores, issued] = ["datetime", "score", "issued"].map((name) => columnValues(signals, name)) as [
    ArrayLike<Date>,
    ArrayLike<number>,
    ArrayLike<Date>,
  ];
  const rows = new Map<number, { instruments: number; missing: number; issued: Date }>();
  for (let row = 0; row < days.length; row++) {
    const at = rows.get(Number(days[row])) ?? { instruments: 0, missing: 0, issued: issued[row]! };
    rows.set(Number(days[row]), at);
    if (Number.isNaN(scores[row])) at.missing++;
    else at.instruments++;
  }
  return table({
    datetime: Array.from(rows.keys(), (ms) => new Date(ms)),
    instruments: Array.from(rows.values(), (row) => row.instruments),
    missing: Array.from(rows.values(), (row) => row.missing),
    issued: Array.from(rows.values(), (row) => row.issued),
  });
}

function bars(
  rows: ColumnTable,
  { x, y, title, temporal = false }: { x: string; y: string; title: string; temporal?: boolean },
): VegaLiteSpec {
  const k = ink("light");
  const [keys, values] = [columnValues(rows, x), columnValues(rows, y)] as [ArrayLike<unknown>, ArrayLike<number>];
  return {
    ...figure({ title: { text: title } }, "light"),
    width: 640,
    height: 180,
    data: {
      values: Array.from(keys, (key, i) => ({
        x: temporal ? formatDatetime(parseDatetime(key as Date)) : key,
        y: Number(values[i]!.toPrecision(6)),
      })),
    },
    mark: { type: "bar", color: k.strategy },
    encoding: {
      x: {
        field: "x",
        type: "ordinal",
        title: temporal ? null : "Trading days since the first test day",
        axis: { labelOverlap: true, labelAngle: 0, grid: false },
      },
      y: { field: "y", type: "quantitative", title: null },
    },
  };
}

function journalRow({ kind, day, state, strategies, signals }: JournalEntry) {
  const steps = Object.values(strategies);
  const updates = steps.flatMap((step) => step.updates ?? []);
  return {
    ...{ day, kind, state, trained: steps.reduce((sum, { runs = [] }) => sum + runs.length, 0) },
    ...{ online: steps.reduce((sum, step) => sum + (step.online?.length ?? 0), 0) },
    ...{ updated: updates.filter(({ status }) => status === "updated").length },
    ...{ failed: updates.filter(({ status }) => status === "failed").length },
    ...{ signals: signals?.rows ?? null },
  };
}
