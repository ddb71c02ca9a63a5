import { table } from "arquero";
import type { ComponentConfig } from "../config/component-config.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import { columnValues } from "../engine/arquero.js";
import { formatDatetime, parseDatetime } from "../engine/datetime.js";
import { host } from "../host/host.js";
import { PART_OF_TAG } from "../tracking/find-trials.js";
import { R } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";
import { makeRecord } from "../trainer/task-train.js";
import type { RolledPredictions } from "./roll-predictions.js";
import type { RollingGap } from "./rolling-gaps.js";

/** Tags that say which question a prediction answers, so that runs count as tries at the same one. */
const TRIAL_TAGS = ["label", "universe", "data", "features"];

/** A run of its own for the rolled prediction, as SignalRecord would have written it, and its analyses. */
export function recordRolled(given: {
  readonly rolled: RolledPredictions;
  readonly runs: readonly Recorder[];
  readonly gaps: readonly RollingGap[];
  readonly experimentName: string;
  readonly recorderName: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly records: readonly ComponentConfig[];
}): Promise<Recorder> {
  const { rolled, runs, gaps, experimentName, recorderName, params, records } = given;
  return R.start({ experimentName, recorderName }, async (run) => {
    run.logParams(params);
    const tags = await runs.at(-1)!.listTags();
    const [first, last] = span(rolled);
    for (const roll of runs) roll.setTags({ [PART_OF_TAG]: run.id });
    await run.saveObjects({ pred: rolled.pred });
    run.setTags({
      ...Object.fromEntries(TRIAL_TAGS.flatMap((key) => (tags[key] === undefined ? [] : [[key, tags[key]]]))),
      test: `${first}/${last}`,
    });
    await run.saveObjects({
      label: rolled.label,
      dataset: await rolledDataset(runs, [first, last]),
      gaps: gaps.map((gap) => ({ ...gap })),
      rolls: table({
        run_id: runs.map(({ id }) => id),
        test: await Promise.all(runs.map(async (one) => String((await one.listTags()).test ?? ""))),
      }),
    });
    run.logMetrics({ rolls: runs.length, missingDays: gaps.reduce((sum, { missingDays }) => sum + missingDays, 0) });
    for (const record of records) {
      await host.breathe();
      await makeRecord(record, { recorder: run }).generate();
    }
    return run;
  });
}

function span({ pred }: RolledPredictions): [string, string] {
  let [first, last] = [Infinity, -Infinity];
  for (const datetime of Array.from(columnValues(pred, "datetime"))) {
    const ms = parseDatetime(datetime as Date);
    if (ms < first) first = ms;
    if (ms > last) last = ms;
  }
  return [formatDatetime(first), formatDatetime(last)];
}

/** The last roll's dataset with the whole test segment, and what the leak checks of all rolls found. */
async function rolledDataset(runs: readonly Recorder[], test: [string, string]): Promise<Record<string, unknown>> {
  const found = new Map<string, number>();
  let dataset: Record<string, unknown> = {};
  for (const run of runs) {
    await host.breathe();
    dataset = (await run.loadObject("dataset")) as Record<string, unknown>;
    const { findings = [] } = (dataset.leakCheck ?? {}) as { findings?: readonly string[] };
    for (const finding of findings) found.set(finding, (found.get(finding) ?? 0) + 1);
  }
  const findings = Array.from(found, ([text, count]) => `${text} (${count} of ${runs.length} rolls)`);
  const kwargs = isPlainObject(dataset.kwargs) ? dataset.kwargs : {};
  const check = dataset.leakCheck;
  const leakCheck = isPlainObject(check) ? { ...check, ok: findings.length === 0, findings } : undefined;
  return { ...dataset, kwargs: { ...kwargs, segments: { test } }, ...(leakCheck && { leakCheck }) };
}
