import { InvalidArgumentError, MissingArtifactError } from "../errors.js";
import type { Recorder } from "../tracking/recorder.js";
import type { RecordResult } from "./record-result.js";

/** What is known of a record template without making one. */
export interface RecordClass {
  readonly name: string;
  /** Folder of its artifacts inside the run; undefined: the root. */
  readonly artifactPath: string | undefined;
  /** The template whose artifacts it needs. */
  readonly dependCls: RecordClass | undefined;
  /** Names it always writes, without folder. */
  readonly artifacts: readonly string[];
  /** The line that makes it, for messages. */
  readonly usage: string;
}

export interface CheckOptions {
  /** Its own artifacts too. Default false. */
  readonly includeSelf?: boolean;
  /** Those of the templates it depends on, transitively. Default true. */
  readonly parents?: boolean;
}

/**
 * A recipe that computes something of a run and saves it there: predictions, their analysis, a back-test.
 *
 * A template of one's own extends this class, says with static fields where its artifacts lie and what it needs, and writes
 * `generate`. Paths and needs are read from the classes, so a failed check changes nothing.
 *
 * In Qlib: qlib.workflow.record_temp.RecordTemp
 */
export abstract class RecordTemp {
  static readonly artifactPath: string | undefined = undefined;
  static readonly dependCls: RecordClass | undefined = undefined;
  static readonly artifacts: readonly string[] = [];
  static readonly usage: string = "";

  readonly #recorder: Recorder | undefined;

  constructor({ recorder }: { readonly recorder: Recorder | undefined }) {
    this.#recorder = recorder;
  }

  /** @throws InvalidArgumentError when the template was made without one. */
  get recorder(): Recorder {
    if (!this.#recorder)
      throw new InvalidArgumentError(
        `Cannot use ${this.constructor.name}: it has no recorder\n  e.g. new ${this.constructor.name}({ recorder: run, … })`,
      );
    return this.#recorder;
  }

  abstract generate(options?: Readonly<Record<string, unknown>>): Promise<RecordResult>;

  /** A name inside this template's folder. */
  getPath(name?: string): string {
    return pathIn(this.#class, name);
  }

  /** Names that this template promises to write, without folder; may depend on its options. */
  list(): readonly string[] {
    return this.#class.artifacts;
  }

  async save(objects: Readonly<Record<string, unknown>>): Promise<void> {
    const { artifactPath } = this.#class;
    await this.recorder.saveObjects(objects, artifactPath === undefined ? {} : { artifactPath });
  }

  /**
   * An artifact of its own folder, else (unless `parents` is false) of the template it depends on, and so on.
   * @throws MissingArtifactError naming every path tried.
   */
  async load(name: string, { parents = true }: { readonly parents?: boolean } = {}): Promise<unknown> {
    const tried = new Set<string>();
    for (let from: RecordClass | undefined = this.#class; from; from = parents ? from.dependCls : undefined) {
      const path = pathIn(from, name);
      if (await this.recorder.hasArtifact(path)) return this.recorder.loadObject(path);
      tried.add(path);
    }
    throw new MissingArtifactError(
      `Cannot load "${name}" for ${this.constructor.name}: it is not in the run\n  looked for: ${[...tried].join(", ")}`,
      [...tried],
    );
  }

  /** @throws MissingArtifactError naming all that is missing and which template makes it. */
  async check({ includeSelf = false, parents = true }: CheckOptions = {}): Promise<void> {
    const wanted = includeSelf ? this.list().map((name) => ({ path: this.getPath(name), maker: this.#class })) : [];
    for (let maker = parents ? this.#class.dependCls : undefined; maker; maker = maker.dependCls) {
      for (const name of maker.artifacts) wanted.push({ path: pathIn(maker, name), maker });
    }
    const present = await Promise.all(wanted.map(({ path }) => this.recorder.hasArtifact(path)));
    const missing = wanted.filter((_, i) => !present[i]);
    if (missing.length === 0) return;
    const makers = new Set(missing.map(({ maker }) => maker));
    const lines = [...makers].flatMap((maker) => [
      `  ${missing
        .filter((one) => one.maker === maker)
        .map(({ path }) => path)
        .join(", ")}: made by ${maker.name}`,
      ...(maker.usage ? [`    ${maker.usage}`] : []),
    ]);
    throw new MissingArtifactError(
      `Cannot generate ${this.constructor.name}: ${missing.length} ${missing.length === 1 ? "artifact is" : "artifacts are"} missing\n${lines.join("\n")}`,
      missing.map(({ path }) => path),
    );
  }

  get #class(): RecordClass {
    return this.constructor as unknown as RecordClass;
  }
}

const pathIn = ({ artifactPath }: RecordClass, name?: string): string => [artifactPath, name].filter(Boolean).join("/");
