import { randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { InvalidArgumentError, LoadObjectError, MissingArtifactError, StoreError } from "../../errors.js";
import { host } from "../../host/host.js";
import { ArtifactFolder } from "../artifact-folder.js";
import type { StoreEvent } from "../events.js";
import { reason } from "../format.js";
import { hashOf } from "./artifact-hash.js";
import { ArtifactPlaces, type ArtifactPlace } from "./artifact-place.js";
import type { ArtifactRef } from "./artifact-store.js";
import { isSamePlace, parseS3Address } from "./s3-address.js";
import { S3Artifacts } from "./s3-artifacts.js";
import { UploadQueue, type QueuedUpload } from "./upload-queue.js";
import { startUploads } from "./upload-process.js";

/** Files that came from the bucket: `fetched/artifacts/<run id>/<sha256>/<path>`. Any of them may be deleted at any time. */
export const FETCHED = "fetched";

const AT_ONCE = 6;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Where an artifact's file lies on this computer. */
export interface LocalArtifact {
  readonly files: ArtifactFolder;
  /** Below the folder of `files`. */
  readonly path: string;
}

/** What is waiting to be uploaded, and what went wrong last. */
export interface UploadState {
  /** Where to; undefined when artifacts are kept in the store's folder. */
  readonly address: string | undefined;
  readonly waiting: number;
  /** Why they wait, when that is known. */
  readonly problem: string | undefined;
  /** What was given up, as its file is gone or too large. */
  readonly givenUp: readonly string[];
}

const sharings = new Map<string, ArtifactSharing>();

/** That of a store's folder, one in a process. */
export function sharingOf(root: string): ArtifactSharing {
  const folder = path.resolve(root);
  let sharing = sharings.get(folder);
  if (!sharing) sharings.set(folder, (sharing = new ArtifactSharing(folder)));
  return sharing;
}

let watchesEnd = false;

/** What is not uploaded when the process ends is left to a small one. */
function watchEnd(): void {
  if (watchesEnd) return;
  watchesEnd = true;
  process.once("exit", () => {
    for (const [root, { queue }] of sharings) startUploads(root, queue);
  });
}

/**
 * A store's artifacts as its processes on several hosts share them: every file is written in the store's folder, noted as to be
 * uploaded, and uploaded while work goes on; a file that is not here is fetched when it is asked for, by the sha256 of the log.
 * For a store that keeps its artifacts in its folder it does nothing.
 */
export class ArtifactSharing {
  readonly places: ArtifactPlaces;
  readonly queue: UploadQueue;
  readonly #root: string;
  /** By file: length and time at which its content was looked at, and its sha256. */
  readonly #hashes = new Map<string, { readonly mark: string; readonly sha256: string }>();
  readonly #stores = new Map<string, Promise<S3Artifacts>>();
  readonly #givenUp: string[] = [];
  #work: Promise<void> | undefined;
  #pause = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  #problem: string | undefined;

  constructor(root: string) {
    this.#root = root;
    this.places = new ArtifactPlaces(root);
    this.queue = new UploadQueue(root);
  }

  /** Whether artifacts are kept elsewhere too, or are about to be. */
  get isShared(): boolean {
    const { address, next } = this.places.current;
    return address !== undefined || isBucket(next);
  }

  /** The bucket that artifacts are kept in; undefined for the store's own folder. */
  get address(): string | undefined {
    return this.places.current.address;
  }

  /**
   * Keeps what is saved from now on in a bucket too, and remembers that.
   * @throws StoreError when the bucket is not reached, refuses, or holds another history; when the store has another one already.
   */
  async share(address: string): Promise<void> {
    parseS3Address(address);
    const kept = this.places.current;
    if (kept.address !== undefined && isSamePlace(kept.address, address) && this.places.isRemembered) return;
    if (kept.address !== undefined && !isSamePlace(kept.address, address))
      throw new StoreError(
        `Cannot keep artifacts in ${new S3Artifacts(address).address}: those of ${this.#root} are kept in ${kept.address}\n  move them: alphabook store move --to "${address}"`,
      );
    await this.openBucket(address);
    await this.places.remember({ ...this.places.current, address });
  }

  /** Before events are logged: notes the artifacts among them as to be uploaded. */
  note(events: StoreEvent | readonly StoreEvent[]): void {
    const all = [events].flat() as StoreEvent[];
    if (!all.some(({ e }) => e === "a") || !this.isShared) return;
    this.add(all.flatMap((event) => (event.e === "a" ? [refOf(event)] : [])));
  }

  /** Artifacts of this store that are to be uploaded. */
  add(artifacts: readonly ArtifactRef[]): void {
    this.queue.add(artifacts.map((put) => ({ put })));
    this.begin();
  }

  /** Goes on with what a process left behind that was killed; whoever asks for artifacts is told when their place is unclear. */
  resume(): void {
    try {
      if (!this.queue.isEmpty && this.isShared) this.begin();
    } catch {
      return;
    }
  }

  /** Runs that are deleted for good: their files go from the bucket too, when it is reached. */
  removeRuns(runs: readonly string[]): void {
    if (!this.isShared) return;
    this.queue.add(runs.map((remove) => ({ remove })));
    this.begin();
  }

  /** Uploads what is due, without anybody waiting for it; what fails is tried again. */
  begin(): void {
    watchEnd();
    if (this.#timer || this.#work) return;
    setImmediate(() => void this.#attempt());
  }

  /**
   * Uploads everything that waits, now, also what others are about to.
   * @returns What is left.
   */
  async deliver(): Promise<UploadState> {
    await this.#work;
    if (this.isShared) await this.#run(true);
    return this.state();
  }

  state(): UploadState {
    return {
      address: this.address,
      waiting: this.queue.due({ all: true }).length,
      problem: this.#problem,
      givenUp: [...this.#givenUp],
    };
  }

  /** The bucket at an address, once it is certain that it holds this history's artifacts, or none. @throws StoreError */
  async openBucket(address: string, { isNew = false } = {}): Promise<S3Artifacts> {
    // Who moves has files of his own and takes part in nobody's history.
    if (isNew && (await new S3Artifacts(address).owner()) !== undefined) throw taken(address);
    let opened = this.#stores.get(address);
    if (!opened) {
      this.#stores.set(address, (opened = this.#meet(address)));
      opened.catch(() => this.#stores.delete(address));
    }
    return opened;
  }

  /** Looks again whose bucket it is, when it is next asked. */
  forgetBuckets(): void {
    this.#stores.clear();
  }

  /**
   * Where the files of artifacts lie, after fetching those that are not here or are another version.
   *
   * @returns By place; undefined for those that are nowhere. In a store that keeps its artifacts in its folder: there.
   * @throws LoadObjectError for one whose content is not what was saved. @throws StoreError when the bucket is not reached.
   */
  async locate(artifacts: readonly ArtifactRef[]): Promise<(LocalArtifact | undefined)[]> {
    const own = artifacts.map((artifact) => this.#own(artifact));
    const { address } = this;
    if (address === undefined) return own.map((each) => (each.files.has(each.path) ? each : undefined));
    const found: (LocalArtifact | undefined)[] = [];
    const wanted: number[] = [];
    for (const [i, artifact] of artifacts.entries()) {
      await host.breathe();
      const fetched = this.#fetched(artifact);
      if (await this.#holds(own[i]!, artifact)) found[i] = own[i];
      else if (await this.#holds(fetched, artifact)) found[i] = fetched;
      else wanted.push(i);
    }
    if (wanted.length > 0) await this.#fetchAll(address, artifacts, wanted, found);
    return artifacts.map((_, i) => found[i]);
  }

  /** As {@link locate}, of one. @throws MissingArtifactError when it is nowhere. */
  async find(artifact: ArtifactRef): Promise<LocalArtifact> {
    const [found] = await this.locate([artifact]);
    if (found) return found;
    throw new MissingArtifactError(
      `Cannot load artifact "${artifact.path}" of run ${artifact.run}: it is neither in ${this.#root} nor in ${this.address}\n  the computer that made it may not have uploaded it yet: alphabook store uploads, there`,
      [artifact.path],
    );
  }

  async #fetchAll(
    address: string,
    artifacts: readonly ArtifactRef[],
    wanted: readonly number[],
    found: (LocalArtifact | undefined)[],
  ): Promise<void> {
    const bucket = await this.openBucket(address);
    const progress = host.progress("Fetching artifacts", wanted.length);
    let done = 0;
    try {
      await inParallel(wanted, async (i) => {
        await host.breathe();
        const target = this.#fetched(artifacts[i]!);
        try {
          await bucket.get(artifacts[i]!, target.files.resolve(target.path));
          found[i] = target;
        } catch (error) {
          if (!(error instanceof MissingArtifactError)) throw error;
        }
        progress.update(++done);
      });
    } finally {
      progress.end();
    }
  }

  #own(artifact: ArtifactRef): LocalArtifact {
    const files = new ArtifactFolder(this.#root, artifact.run);
    files.settle(artifact);
    return { files, path: artifact.path };
  }

  #fetched({ run, path: relative, sha256 }: ArtifactRef): LocalArtifact {
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw new LoadObjectError(`Cannot fetch artifact "${relative}" of run ${run}: the log has no sha256 of it`);
    return { files: new ArtifactFolder(path.join(this.#root, FETCHED), run), path: `${sha256}/${relative}` };
  }

  /** Whether a local file has the content that the log names: another host may have saved another version since. */
  async #holds(local: LocalArtifact, { bytes, sha256 }: ArtifactRef): Promise<boolean> {
    const file = local.files.resolve(local.path);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.size !== bytes) return false;
    const mark = `${stat.size} ${stat.mtimeMs} ${stat.ino}`;
    let known = this.#hashes.get(file);
    if (known?.mark !== mark) this.#hashes.set(file, (known = { mark, sha256: await hashOf(file) }));
    return known.sha256 === sha256;
  }

  /** Looks whose bucket it is, and says so when it is nobody's. */
  async #meet(address: string): Promise<S3Artifacts> {
    const bucket = new S3Artifacts(address);
    const theirs = await bucket.owner();
    const kept = this.places.current;
    if (theirs !== undefined && kept.owner !== undefined && theirs !== kept.owner) throw taken(address);
    const owner = theirs ?? kept.owner ?? randomUUID();
    // Remembered first: a bucket that is claimed by a name nobody knows would be closed to everybody.
    if (kept.owner !== owner) await this.places.remember({ ...kept, owner });
    if (theirs === undefined) await bucket.claim(owner);
    return bucket;
  }

  async #attempt(): Promise<void> {
    if (this.#work) return;
    this.#work = this.#run(false).finally(() => (this.#work = undefined));
    await this.#work;
    if (this.#problem === undefined && this.queue.due().length > 0) this.begin();
  }

  /** Works the queue off; the first failure of the bucket ends it until later. */
  async #run(all: boolean): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      const due = this.queue.due({ all });
      if (due.length === 0) return;
      if (!this.places.isRemembered) await this.places.remember(this.places.current);
      const places = bucketsOf(this.places.current);
      const buckets = await Promise.all(places.map((address) => this.openBucket(address)));
      await inParallel(due, async (upload) => {
        for (const bucket of buckets) await this.#perform(upload, bucket);
        this.queue.done(upload);
      });
      if (this.#problem !== undefined) host.notice(`Artifacts: uploads go on`);
      this.#problem = undefined;
      this.#pause = FIRST_PAUSE_MS;
    } catch (error) {
      const text = reason(error);
      if (this.#problem === undefined) host.notice(`Artifacts wait to be uploaded: ${text}`);
      this.#problem = text;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        void this.#attempt();
      }, this.#pause).unref();
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    }
  }

  async #perform({ task }: QueuedUpload, bucket: S3Artifacts): Promise<void> {
    if ("remove" in task) return bucket.remove(task.remove);
    const { run, path: relative } = task.put;
    const local = await this.#copyHere(task.put);
    if (local === undefined) {
      // A newer version has taken its place, with an upload of its own, or the run was deleted for good.
      if (!existsSync(new ArtifactFolder(this.#root, run).resolve(relative)) && !(await bucket.has(task.put)))
        this.#givenUp.push(`${run}/${relative}: its file is gone`);
      return;
    }
    try {
      if (!(await bucket.has(task.put))) await bucket.put(task.put, local);
    } catch (error) {
      if (error instanceof InvalidArgumentError) this.#givenUp.push(`${run}/${relative}: ${error.message}`);
      else if (!(error instanceof LoadObjectError || error instanceof MissingArtifactError)) throw error;
    }
  }

  async #copyHere(artifact: ArtifactRef): Promise<string | undefined> {
    for (const local of [this.#own(artifact), this.#fetched(artifact)])
      if (await this.#holds(local, artifact)) return local.files.resolve(local.path);
    return undefined;
  }
}

const taken = (address: string) =>
  new StoreError(
    `Cannot keep artifacts in ${new S3Artifacts(address).address}: it holds those of another history\n  choose another prefix; or, to share that history, name it as ALPHABOOK_ARTIFACTS in a new store folder`,
  );

/** Where uploads go: to the place in use, and to the one a move has begun to. */
const bucketsOf = ({ address, next }: ArtifactPlace) =>
  [...new Set([address, next])].filter((each): each is string => isBucket(each));

export const isBucket = (place: string | undefined) => place !== undefined && place.startsWith("s3:");

function refOf({ r, path: relative, bytes, sha256 }: Extract<StoreEvent, { e: "a" }>): ArtifactRef {
  return { run: r, path: relative, bytes, sha256 };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, items.length) }, async () => {
      for (const item of left) await work(item);
    }),
  );
}
