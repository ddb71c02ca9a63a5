import type { EngineColumn, EngineTable } from "../engine/columns.js";
import { textColumn } from "../engine/infer-column.js";
import type { Activity } from "./activity.js";
import type { LoggedEvent, LogPart } from "./log-tail.js";
import { ATTEMPT, EXPERIMENT, RUN, type PatchColumn, type PatchKind } from "./patch-kinds.js";

type Of<E extends string> = Extract<LoggedEvent, { e: E }>;
type Stamped<T> = T & { readonly writer: number };

/** New events sorted by kind, ready to be handed to SQL as one table a kind. */
export class Staging {
  readonly #metrics: Of<"m">[] = [];
  readonly #params: Stamped<{ event: Of<"p"> }>[] = [];
  readonly #tags: Stamped<{ event: Of<"g"> }>[] = [];
  readonly #artifacts: Stamped<{ event: Of<"a"> }>[] = [];
  readonly #patches = new Map<PatchKind, Stamped<{ event: LoggedEvent }>[]>([
    [EXPERIMENT, []],
    [RUN, []],
    [ATTEMPT, []],
  ]);
  /** Runs that were heard of. */
  readonly runs = new Set<string>();
  /** Runs with a heartbeat. */
  readonly alive = new Set<string>();
  /** Runs and experiments deleted for good. */
  readonly purged = new Set<string>();
  size = 0;

  add({ writer, events }: LogPart): void {
    this.size += events.length;
    let run = "";
    for (const event of events) {
      this.#sort(event, writer);
      if ("r" in event && event.r !== run) this.runs.add((run = event.r));
    }
  }

  #sort(event: LoggedEvent, writer: number): void {
    switch (event.e) {
      case "m":
        return void this.#metrics.push(event);
      case "p":
        return void this.#params.push({ event, writer });
      case "g":
        return void this.#tags.push({ event, writer });
      case "a":
        return void this.#artifacts.push({ event, writer });
      case "experiment":
        return void this.#patches.get(EXPERIMENT)!.push({ event, writer });
      case "run":
        return void this.#patches.get(RUN)!.push({ event, writer });
      case "attempt":
        return void this.#patches.get(ATTEMPT)!.push({ event, writer });
      case "h":
        return void this.alive.add(event.r);
      case "purge":
        return void this.purged.add(event.id);
    }
  }

  metrics(): EngineTable | undefined {
    const events = this.#metrics;
    return tableOf(events, {
      run_id: textColumn(events.map(({ r }) => r)),
      key: textColumn(events.map(({ k }) => k)),
      step: integers(events, ({ s }) => s),
      t: integers(events, ({ at, t }) => at ?? t),
      value: { type: "float64", values: doubles(events, ({ v }) => Number(v)) },
    });
  }

  params(): EngineTable | undefined {
    const rows = this.#params;
    return tableOf(rows, {
      ...stampColumns(rows),
      run_id: textColumn(rows.map(({ event }) => event.r)),
      key: textColumn(rows.map(({ event }) => event.k)),
      value: singleTexts(rows.map(({ event }) => JSON.stringify(event.v))),
      num: { type: "float64", values: doubles(rows, ({ event }) => (typeof event.v === "number" ? event.v : NaN)) },
    });
  }

  tags(): EngineTable | undefined {
    const rows = this.#tags;
    return tableOf(rows, {
      ...stampColumns(rows),
      run_id: textColumn(rows.map(({ event }) => event.r)),
      key: textColumn(rows.map(({ event }) => event.k)),
      value: singleTexts(rows.map(({ event }) => (event.v === null ? null : JSON.stringify(event.v)))),
    });
  }

  artifacts(): EngineTable | undefined {
    const rows = this.#artifacts;
    const text = (field: "r" | "name" | "kind" | "sha256" | "path") =>
      textColumn(rows.map(({ event }) => event[field]));
    return tableOf(rows, {
      ...stampColumns(rows),
      run_id: text("r"),
      name: text("name"),
      kind: text("kind"),
      bytes: integers(rows, ({ event }) => event.bytes),
      sha256: text("sha256"),
      path: text("path"),
    });
  }

  patches(kind: PatchKind): EngineTable | undefined {
    const rows = this.#patches.get(kind)!;
    const columns: Record<string, EngineColumn> = {
      ...stampColumns(rows),
      by_finder: { type: "boolean", values: rows.map(({ event }) => "byFinder" in event && event.byFinder === true) },
      mask: integers(rows, ({ event }) =>
        kind.fields.reduce((mask, { field }, bit) => mask + (fieldOf(event, field) === undefined ? 0 : 2 ** bit), 0),
      ),
    };
    for (const column of [...kind.keys, ...kind.fields])
      columns[column.column] = patchColumn(
        column,
        rows.map(({ event }) => fieldOf(event, column.field)),
      );
    return tableOf(rows, columns);
  }

  /** Runs that patches of a kind name. */
  runsOf(kind: PatchKind): string[] {
    return this.#patches.get(kind)!.flatMap(({ event }) => ("r" in event ? [event.r] : []));
  }

  experiments(): string[] {
    return this.#patches.get(EXPERIMENT)!.flatMap(({ event }) => (event.e === "experiment" ? [event.experiment] : []));
  }

  /** Runs whose row may change: by their own events, by heartbeats, and, once judged dead, by any sign of life. */
  touchedRuns(activity: Activity): Set<string> {
    return new Set([...this.runsOf(RUN), ...this.alive, ...this.judgedRuns(activity)]);
  }

  judgedRuns(activity: Activity): string[] {
    return [...this.runs].filter((run) => activity.isJudged(run));
  }

  /** Keys of params with whether every value here is a number, of metrics, and of tags. */
  keys(isWanted: (key: string) => boolean): { params: Map<string, boolean>; metrics: Set<string>; tags: Set<string> } {
    const params = new Map<string, boolean>();
    for (const { event } of this.#params)
      params.set(event.k, (params.get(event.k) ?? true) && typeof event.v === "number");
    for (const key of params.keys()) if (!isWanted(key)) params.delete(key);
    const wanted = (keys: Iterable<string>) => new Set([...new Set(keys)].filter(isWanted));
    return {
      params,
      metrics: wanted(this.#metrics.map(({ k }) => k)),
      tags: wanted(this.#tags.map(({ event }) => event.k)),
    };
  }

  /** Names of table artifacts. */
  tableArtifacts(): Set<string> {
    return new Set(this.#artifacts.map(({ event }) => event.name));
  }
}

const fieldOf = (event: LoggedEvent, field: string) => (event as unknown as Readonly<Record<string, unknown>>)[field];

function integers<T>(rows: readonly T[], of: (row: T) => number): EngineColumn {
  return { type: "integer", values: doubles(rows, of) };
}

/** `Float64Array.from` with a function takes several times as long. */
function doubles<T>(rows: readonly T[], of: (row: T) => number): Float64Array {
  const values = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row++) values[row] = of(rows[row]!);
  return values;
}

/** Texts that are mostly different: looking for equal ones would cost more than it saves. */
function singleTexts(texts: readonly (string | null)[]): EngineColumn {
  const codes = new Int32Array(texts.length);
  for (let row = 0; row < codes.length; row++) codes[row] = texts[row] === null ? -1 : row;
  return { type: "text", codes, dictionary: texts.map((text) => text ?? "") };
}

const stampColumns = (rows: readonly Stamped<{ event: LoggedEvent }>[]) => ({
  t: integers(rows, ({ event }) => event.t),
  w: integers(rows, ({ writer }) => writer),
  q: integers(rows, ({ event }) => event.q),
});

function patchColumn({ type }: PatchColumn, values: readonly unknown[]): EngineColumn {
  if (type === "text") return textColumn(values as readonly (string | null | undefined)[]);
  if (type === "boolean") return { type, values: values.map((value) => (value as boolean | null | undefined) ?? null) };
  return { type: "integer", values: doubles(values, (value) => (value == null ? NaN : Math.round(value as number))) };
}

const tableOf = (rows: readonly unknown[], columns: Record<string, EngineColumn>): EngineTable | undefined =>
  rows.length ? { numRows: rows.length, columns: new Map(Object.entries(columns)) } : undefined;
