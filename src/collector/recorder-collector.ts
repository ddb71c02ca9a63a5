import { toArquero } from "../engine/arquero.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError, MissingArtifactError, UnknownNameError } from "../errors.js";
import { host } from "../host/host.js";
import { readArtifactsOf, type ArtifactRow } from "../store/run-queries.js";
import type { Store } from "../store/store.js";
import { Experiment, type ListOptions } from "../tracking/experiment.js";
import { R } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";
import type { RecorderStatus } from "../tracking/recorder-info.js";
import { withoutEnding } from "../tracking/run-artifacts.js";
import { Collected, type ReplacedArtifact, type SkippedArtifact } from "./collected.js";
import type { Collector } from "./collector.js";
import { processCollect, type CollectProcess } from "./process-collect.js";
import { scanTables } from "./scan-tables.js";
import { keyText, TupleMap, type KeyPart } from "./tuple-map.js";

/** As an artifact's key: the recorder itself. */
export const ART_KEY_RAW = "__raw";

/** What to collect, of which runs, and under which keys. */
export interface RecorderCollectorOptions {
  /** Its name, the experiment, or a function that gives recorders. */
  readonly experiment: string | Experiment | (() => Iterable<Recorder> | Promise<Iterable<Recorder>>);
  /** Steps that each artifact's map goes through when the collector is run. Default none. */
  readonly processList?: CollectProcess | readonly CollectProcess[];
  /** The key of a run: one value, or a tuple such as `[model, segment]`. Default its id. */
  readonly recKeyFunc?: (recorder: Recorder) => KeyPart | Promise<KeyPart>;
  /** Runs to keep, after the store has answered `listKwargs` and `status`. Default all. */
  readonly recFilterFunc?: (recorder: Recorder) => boolean | Promise<boolean>;
  /** Names of artifacts by the key they get. Default `{ pred: "pred" }`. */
  readonly artifactsPath?: Readonly<Record<string, string>>;
  /** Which of them; default all. {@link ART_KEY_RAW} gives the recorder itself. */
  readonly artifactsKey?: string | readonly string[];
  /** Which runs of the experiment the store gives: `{ where: { params: { model: "ridge" } } }`, `filter`, `limit` … */
  readonly listKwargs?: Omit<ListOptions, "status">;
  /** Statuses that count; null: all. Default `["FINISHED"]`. */
  readonly status?: readonly RecorderStatus[] | null;
  /** Of runs with one key, which has it: by start time. Default `newest`. */
  readonly onDuplicate?: "newest" | "oldest" | "error";
  /** Columns of table artifacts to read, by artifact key, beside `datetime` and `instrument`. Default all. */
  readonly columns?: Readonly<Record<string, readonly string[]>>;
}

const OPTIONS = [
  "experiment",
  "processList",
  "recKeyFunc",
  "recFilterFunc",
  "artifactsPath",
  "artifactsKey",
  "listKwargs",
  "status",
  "onDuplicate",
  "columns",
] satisfies (keyof RecorderCollectorOptions)[];

/** What {@link RecorderCollector.collect} may be asked for this time. */
export interface CollectOptions {
  readonly artifactsKey?: string | readonly string[];
  readonly recFilterFunc?: RecorderCollectorOptions["recFilterFunc"];
  /** Leave out artifacts that a run does not have; false: that is an error. Default true. */
  readonly onlyExist?: boolean;
}

/**
 * Artifacts of many runs: by artifact, then by the key of the run, newest run first.
 *
 *     const rolled = await new RecorderCollector({
 *       experiment: "rolling",
 *       recKeyFunc: (run) => [run.params.model, run.params.test],
 *       processList: rollingGroup(),
 *     }).run();
 *     rolled.getTable("pred", ["ridge"])     // one arquero table over all periods
 *
 * Which runs count is answered by the store, and all tables of an artifact are read in one scan. An artifact that no
 * run has gets no key. What is skipped is told in the result; an artifact that is there and cannot be read is an error.
 *
 * In Qlib: qlib.workflow.task.collect.RecorderCollector.
 */
export class RecorderCollector implements Collector {
  readonly #options: RecorderCollectorOptions;
  readonly #artifacts: Readonly<Record<string, string>>;

  /**
   * @throws InvalidArgumentError for a status that is no list, and without an experiment.
   * @throws UnknownNameError for an unknown artifact key or option.
   */
  constructor(options: RecorderCollectorOptions) {
    if (typeof options !== "object" || options === null)
      throw new InvalidArgumentError(
        'Cannot collect: no options are given\n  expected: new RecorderCollector({ experiment: "…", … })',
      );
    refuseUnknownOptions("Cannot collect", options, OPTIONS);
    if (options.experiment == null)
      throw new InvalidArgumentError(
        "Cannot collect: no experiment is given\n  expected: experiment: its name, an Experiment, or a function that gives recorders",
      );
    for (const name of ["recKeyFunc", "recFilterFunc"] as const)
      if (options[name] != null && typeof options[name] !== "function")
        throw new InvalidArgumentError(
          `Cannot collect: ${name} is ${String(options[name])}, a function of a run expected`,
        );
    this.#options = options;
    this.#artifacts = options.artifactsPath ?? { pred: "pred" };
    const { status, experiment, listKwargs, onDuplicate = "newest" } = options;
    if (status != null && !Array.isArray(status))
      throw new InvalidArgumentError(
        `Cannot collect: status is ${String(status)}, a list such as ["FINISHED"] expected`,
      );
    if (!DUPLICATES.includes(onDuplicate))
      throw new UnknownNameError("value of onDuplicate", onDuplicate, DUPLICATES, { context: "Cannot collect" });
    if (typeof experiment === "function" && listKwargs !== undefined)
      throw new InvalidArgumentError(
        "Cannot collect: listKwargs has no meaning where a function gives the recorders\n  choose them in the function, or with recFilterFunc",
      );
    this.#keysOf(options.artifactsKey);
    for (const key of Object.keys(options.columns ?? {})) this.#keysOf(key);
  }

  /**
   * Gathers, without processing.
   *
   * @throws LoadObjectError for an artifact that cannot be read. @throws MissingArtifactError, naming all that are
   * missing, with `onlyExist: false`. @throws ExpNotFoundError when the experiment does not exist.
   * @throws InvalidArgumentError for two runs of one key with `onDuplicate: "error"`.
   */
  async collect(options: CollectOptions = {}): Promise<Collected> {
    refuseUnknownOptions("Cannot collect", options, ["artifactsKey", "recFilterFunc", "onlyExist"]);
    const { artifactsKey, recFilterFunc, onlyExist = true } = options;
    const keys = this.#keysOf(artifactsKey ?? this.#options.artifactsKey);
    const recorders = await this.#recorders(recFilterFunc ?? this.#options.recFilterFunc);
    const recKeys: KeyPart[] = [];
    const { recKeyFunc = ({ id }) => id } = this.#options;
    for (const recorder of recorders) {
      await host.breathe();
      recKeys.push(await recKeyFunc(recorder));
    }
    const names = keys.flatMap((key) => (key === ART_KEY_RAW ? [] : [this.#artifacts[key]!]));
    const located = await locate(recorders, names);
    const skipped: SkippedArtifact[] = [];
    const replaced: ReplacedArtifact[] = [];
    const found: [string, TupleMap][] = [];
    const chosen = keys.map((artifact) => {
      const all: Candidate[] = recorders.flatMap((recorder, i) => {
        if (artifact === ART_KEY_RAW) return [{ recorder, key: recKeys[i]! }];
        const row = located(recorder, this.#artifacts[artifact]!);
        if (typeof row !== "string") return [{ recorder, key: recKeys[i]!, row }];
        skipped.push({ artifact, recorder: recorder.id, reason: row });
        return [];
      });
      return { artifact, candidates: this.#oneOfEachKey(artifact, all, replaced) };
    });
    if (!onlyExist && skipped.length > 0) throw missing(skipped, this.#artifacts);
    for (const { artifact, candidates } of chosen) {
      const values = await load(candidates, this.#options.columns?.[artifact]);
      if (candidates.length > 0)
        found.push([artifact, new TupleMap(candidates.map(({ key }, i): [KeyPart, unknown] => [key, values[i]]))]);
    }
    return new Collected(found, { skipped, replaced });
  }

  /** Gathers, then sends the map of each artifact through the process chain; `args` go to its steps. */
  async run(...args: readonly unknown[]): Promise<Collected> {
    const collected = await this.collect();
    return new Collected(await processCollect(collected, this.#options.processList ?? [], ...args), collected);
  }

  /** The name of the experiment. @throws InvalidArgumentError when a function gives the recorders. */
  getExpName(): string {
    const { experiment } = this.#options;
    if (typeof experiment === "string") return experiment;
    if (experiment instanceof Experiment) return experiment.name;
    throw new InvalidArgumentError("Cannot tell the experiment's name: a function gives the recorders");
  }

  #keysOf(wanted: string | readonly string[] | undefined): readonly string[] {
    const keys = wanted === undefined ? Object.keys(this.#artifacts) : typeof wanted === "string" ? [wanted] : wanted;
    const known = [...Object.keys(this.#artifacts), ART_KEY_RAW];
    for (const key of keys)
      if (!known.includes(key)) throw new UnknownNameError("artifact key", key, known, { context: "Cannot collect" });
    return keys;
  }

  async #recorders(filter: RecorderCollectorOptions["recFilterFunc"]): Promise<Recorder[]> {
    const { experiment, listKwargs = {}, status = ["FINISHED"] } = this.#options;
    let listed: Recorder[];
    if (typeof experiment === "function") {
      listed = [...(await experiment())];
    } else {
      const home =
        typeof experiment === "string" ? await R.getExp({ experimentName: experiment, create: false }) : experiment;
      const where = listKwargs.where ?? {};
      const wanted = status === null ? where : { ...where, attributes: { status, ...where.attributes } };
      listed = [...(await home.listRecorders({ ...listKwargs, where: wanted }))];
    }
    if (status !== null) listed = listed.filter((recorder) => status.includes(recorder.status));
    if (filter === undefined) return listed;
    const kept: Recorder[] = [];
    for (const recorder of listed) {
      await host.breathe();
      if (await filter(recorder)) kept.push(recorder);
    }
    return kept;
  }

  /** Of candidates with one key the newest, or the oldest; their order stays. */
  #oneOfEachKey(artifact: string, candidates: readonly Candidate[], replaced: ReplacedArtifact[]): Candidate[] {
    const { onDuplicate = "newest" } = this.#options;
    const kept = new Map<string, Candidate>();
    for (const candidate of candidates) {
      const text = keyText(candidate.key);
      const other = kept.get(text);
      if (other === undefined) {
        kept.set(text, candidate);
        continue;
      }
      if (onDuplicate === "error")
        throw new InvalidArgumentError(
          `Cannot collect "${artifact}": runs ${other.recorder.id} and ${candidate.recorder.id} have the same key ${text}\n  give recKeyFunc another part, or choose onDuplicate: "newest"`,
        );
      const wins = isNewer(candidate.recorder, other.recorder) === (onDuplicate === "newest");
      if (wins) kept.set(text, candidate);
      const [by, left] = wins ? [candidate, other] : [other, candidate];
      replaced.push({ artifact, key: left.key, recorder: left.recorder.id, by: by.recorder.id });
    }
    const winners = new Set(kept.values());
    return candidates.filter((candidate) => winners.has(candidate));
  }
}

const DUPLICATES: readonly string[] = ["newest", "oldest", "error"];
/** Objects that are no tables are read so many at a time. */
const AT_ONCE = 8;

interface Candidate {
  readonly recorder: Recorder;
  readonly key: KeyPart;
  /** Undefined where the recorder itself is wanted. */
  readonly row?: LocatedArtifact;
}

interface LocatedArtifact extends ArtifactRow {
  readonly file: string;
}

function isNewer(a: Recorder, b: Recorder): boolean {
  const [start, other] = [a.startTime?.getTime() ?? -Infinity, b.startTime?.getTime() ?? -Infinity];
  return start === other ? a.id > b.id : start > other;
}

/** Where artifacts lie, asked in one statement a store; else why there is none. */
async function locate(recorders: readonly Recorder[], names: readonly string[]) {
  const wanted = [...new Set(names.flatMap((name) => [name, withoutEnding(name)]))];
  const byStore = new Map<Store, string[]>();
  for (const recorder of recorders) {
    // What this process is still saving belongs to the run.
    if (recorder.status === "RUNNING") await recorder.flush();
    byStore.set(recorder.store, [...(byStore.get(recorder.store) ?? []), recorder.id]);
  }
  const rows = new Map<string, Map<string, ArtifactRow>>();
  if (wanted.length > 0)
    for (const [store, ids] of byStore)
      for (const [id, own] of await readArtifactsOf(store, ids, wanted)) rows.set(id, own);
  const files = await localFiles(byStore, rows);
  return (recorder: Recorder, name: string): LocatedArtifact | string => {
    const own = rows.get(recorder.id);
    const row = own?.get(name) ?? own?.get(withoutEnding(name));
    if (row === undefined) return "the run has none";
    const file = files.get(row);
    return file === undefined ? "its file is gone" : { ...row, file };
  };
}

/** The file of each artifact that has one, after fetching what is kept elsewhere. */
async function localFiles(
  stores: ReadonlyMap<Store, readonly string[]>,
  rows: ReadonlyMap<string, ReadonlyMap<string, ArtifactRow>>,
): Promise<Map<ArtifactRow, string>> {
  const found = new Map<ArtifactRow, string>();
  for (const [store, ids] of stores) {
    const all = ids.flatMap((run) => [...(rows.get(run)?.values() ?? [])].map((row) => ({ run, row })));
    const files = await store.sharing.locate(all.map(({ run, row }) => ({ run, ...row })));
    all.forEach(({ row }, i) => {
      const file = files[i];
      if (file) found.set(row, file.files.resolve(file.path));
    });
  }
  return found;
}

async function load(candidates: readonly Candidate[], columns: readonly string[] | undefined): Promise<unknown[]> {
  const values = candidates.map(({ recorder }): unknown => recorder);
  const tables = [...candidates.keys()].filter((i) => candidates[i]!.row?.kind === "table");
  const files = tables.map((i) => {
    const { recorder, row } = candidates[i]!;
    return { what: `"${row!.name}" of run ${recorder.id}`, file: row!.file, bytes: row!.bytes };
  });
  (await scanTables(files, columns)).forEach((table, n) => (values[tables[n]!] = toArquero(table)));
  const others = [...candidates.keys()].filter((i) => candidates[i]!.row && candidates[i]!.row!.kind !== "table");
  for (let from = 0; from < others.length; from += AT_ONCE) {
    await host.breathe();
    await Promise.all(
      others.slice(from, from + AT_ONCE).map(async (i) => {
        const { recorder, row } = candidates[i]!;
        values[i] = await recorder.loadObject(row!.name);
      }),
    );
  }
  return values;
}

function missing(
  skipped: readonly SkippedArtifact[],
  artifacts: Readonly<Record<string, string>>,
): MissingArtifactError {
  const [first] = skipped;
  const more = skipped.length > 1 ? `, and ${skipped.length - 1} more` : "";
  return new MissingArtifactError(
    `Cannot collect "${first!.artifact}" of run ${first!.recorder}: ${first!.reason}${more}\n  to leave out what is missing: onlyExist: true`,
    skipped.map(({ artifact, recorder }) => `${recorder}/${artifacts[artifact]}`),
  );
}
