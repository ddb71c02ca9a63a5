import type { DatetimeInput } from "../engine/datetime.js";
import type { Market } from "../data/market.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError, LoadObjectError, UnknownNameError } from "../errors.js";
import { host } from "../host/host.js";
import type { StoreEvent } from "../store/events.js";
import { R } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";
import { PredictionUpdater } from "./prediction-updater.js";

export type OnlineTag = "online" | "offline";
export const ONLINE_TAG = "online_status";
const TAGS: readonly string[] = ["online", "offline"];

export interface UpdateOnlinePredOptions {
  readonly toDate?: DatetimeInput | null;
  readonly fromDate?: DatetimeInput | null;
  readonly expName?: string;
  readonly market?: Market;
}

/** What became of the prediction of one online model. */
export interface OnlineUpdate {
  readonly recorder: Recorder;
  /** `skipped`: the run has no prediction. */
  readonly status: "updated" | "up to date" | "skipped" | "failed";
  readonly rows: number;
  readonly error?: unknown;
}

/**
 * Which models of an experiment are in use: a tag on their runs, `online_status`.
 *
 * In Qlib: qlib.workflow.online.utils.OnlineToolR
 *
 * @example
 * // await new OnlineToolR({ defaultExpName: "rolls" }).onlineModels()
 */
export class OnlineToolR {
  static readonly ONLINE_TAG: OnlineTag = "online";
  static readonly OFFLINE_TAG: OnlineTag = "offline";
  readonly #defaultExpName: string | undefined;

  constructor(options: { readonly defaultExpName?: string } = {}) {
    refuseUnknownOptions("Cannot make an OnlineToolR", options, ["defaultExpName"]);
    this.#defaultExpName = options.defaultExpName;
  }

  /** @throws UnknownNameError for a tag that is neither `online` nor `offline`. */
  setOnlineTag(tag: OnlineTag, recorders: Recorder | readonly Recorder[]): void {
    if (!TAGS.includes(tag)) throw new UnknownNameError("online tag", String(tag), TAGS);
    writeTags(listOf(recorders).map((recorder) => [recorder, tag]));
  }

  /** A run that was never tagged is offline. */
  async getOnlineTag(recorder: Recorder): Promise<OnlineTag> {
    return (await recorder.listTags())[ONLINE_TAG] === "online" ? "online" : "offline";
  }

  /** These runs are online from now on, all others of the experiment offline: one write, no reader sees a moment without. */
  async resetOnlineTag(recorders: Recorder | readonly Recorder[], expName?: string): Promise<void> {
    const chosen = listOf(recorders);
    const ids = new Set(chosen.map(({ id }) => id));
    const others = (await this.onlineModels(expName)).filter(({ id }) => !ids.has(id));
    writeTags([
      ...chosen.map((recorder): [Recorder, OnlineTag] => [recorder, "online"]),
      ...others.map((recorder): [Recorder, OnlineTag] => [recorder, "offline"]),
    ]);
  }

  /** Newest start first. */
  async onlineModels(expName?: string): Promise<Recorder[]> {
    const experiment = await R.getExp({ experimentName: this.#expName(expName) });
    return [...(await experiment.listRecorders({ filter: `tags.${ONLINE_TAG} = "online"` }))];
  }

  /**
   * Extends the prediction of each online model. One that fails does not stop the others: the outcome says why.
   *
   * @param options.toDate Default: the last day with data.
   */
  async updateOnlinePred(given: UpdateOnlinePredOptions = {}): Promise<OnlineUpdate[]> {
    refuseUnknownOptions("Cannot update predictions", given, ["toDate", "fromDate", "expName", "market"]);
    const { expName, ...options } = given;
    return updatePredictions(await this.onlineModels(expName), options);
  }

  #expName(given: string | undefined): string {
    const name = given ?? this.#defaultExpName;
    if (name !== undefined) return name;
    throw new InvalidArgumentError(
      'Cannot tell which models are online: no experiment\n  e.g. new OnlineToolR({ defaultExpName: "rolls" })',
    );
  }
}

/** Extends the predictions of runs, one after another. */
export async function updatePredictions(
  recorders: readonly Recorder[],
  options: Omit<UpdateOnlinePredOptions, "expName"> = {},
): Promise<OnlineUpdate[]> {
  const outcomes: OnlineUpdate[] = [];
  for (const recorder of recorders) {
    await host.breathe();
    outcomes.push(await updateOne(recorder, options));
  }
  return outcomes;
}

async function updateOne(recorder: Recorder, options: Omit<UpdateOnlinePredOptions, "expName">): Promise<OnlineUpdate> {
  try {
    const { status, rows } = await new PredictionUpdater(recorder, options).update();
    return { recorder, status, rows };
  } catch (error) {
    if (host.signal.aborted) throw error;
    if (error instanceof LoadObjectError && !(await recorder.hasArtifact("pred"))) {
      host.notice(`Run "${recorder.name}" (${recorder.id}) is online but has no prediction: skipped`);
      return { recorder, status: "skipped", rows: 0 };
    }
    return { recorder, status: "failed", rows: 0, error };
  }
}

function writeTags(tags: readonly (readonly [Recorder, OnlineTag])[]): void {
  const events = tags.map(([{ id }, v]): StoreEvent => ({ e: "g", r: id, k: ONLINE_TAG, v }));
  if (events.length) tags[0]![0].store.append(events);
}

const listOf = (recorders: Recorder | readonly Recorder[]): readonly Recorder[] =>
  Array.isArray(recorders) ? (recorders as readonly Recorder[]) : [recorders as Recorder];
