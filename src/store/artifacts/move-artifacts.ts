import { rmSync, statSync } from "node:fs";
import type { EngineTable } from "../../engine/columns.js";
import { InvalidArgumentError, StoreError } from "../../errors.js";
import { host } from "../../host/host.js";
import { ArtifactFolder } from "../artifact-folder.js";
import { LOCAL } from "./artifact-place.js";
import { artifactRefs } from "./artifact-refs.js";
import { isBucket, sharingOf, type ArtifactSharing } from "./artifact-sharing.js";
import type { ArtifactRef, ArtifactStore } from "./artifact-store.js";
import { FolderArtifacts } from "./folder-artifacts.js";
import { isSamePlace, parseS3Address } from "./s3-address.js";

/** What a move did. */
export interface MoveReport {
  /** `s3://…`, or `local`: the store's own folder. */
  readonly to: string;
  /** All that the log names and that is there now, read and found right. */
  readonly artifacts: number;
  readonly bytes: number;
  /** Of these, what was not there before. */
  readonly copied: number;
  /** Artifacts that the log names and that have no file anywhere, as `<run id>/<path>`. */
  readonly missing: readonly string[];
  /** The place before, where everything still is; undefined when it was this one. */
  readonly previous: string | undefined;
}

/** What goes with the place before the last move, or would. */
export interface RemoveOldReport {
  readonly previous: string | undefined;
  readonly files: number;
  readonly bytes: number;
  /** Files that stay, as they are not in the present place, or their run is at work. */
  readonly kept: number;
  readonly applied: boolean;
}

/** What a move needs of a store. */
export interface MoveSource {
  readonly root: string;
  ask(sql: string): Promise<EngineTable>;
}

const ALL = "SELECT run_id, path, bytes, sha256 FROM artifacts ORDER BY run_id, path";

/**
 * Moves a store's artifacts; see `Store.moveArtifacts`. Until the last step the old place is the one that is read, and whatever is
 * saved meanwhile goes to both.
 */
export async function moveArtifacts(source: MoveSource, to: string): Promise<MoveReport> {
  if (to !== LOCAL && !/^\w+:/.test(to))
    throw new InvalidArgumentError(
      `Cannot move artifacts to "${to}": expected s3://bucket/prefix?endpoint=…, or local for the store's folder\n  a whole store to another folder: alphabook store merge ${source.root} --store ${to}`,
    );
  if (to !== LOCAL) parseS3Address(to);
  const sharing = sharingOf(source.root);
  const { places } = sharing;
  const before = places.current;
  const from = before.address ?? LOCAL;
  const target = await openTarget(sharing, source.root, to, before.owner);
  // Read again: meeting the bucket may have given the store a name.
  if (!isSame(from, to)) await places.remember({ ...places.current, next: to });
  const right = new Set<string>();
  let [copied, bytes, missing] = [0, 0, [] as string[]];
  for (let isDone = false; !isDone;) {
    const left = artifactRefs(await source.ask(ALL)).filter((each) => !right.has(idOf(each)));
    const progress = host.progress(`Moving artifacts to ${target.address}`, left.length);
    missing = [];
    isDone = true;
    for (const [i, artifact] of left.entries()) {
      await host.breathe();
      progress.update(i, artifact.path);
      const done = await bring(sharing, source.root, artifact, target);
      if (done === "missing") missing.push(`${artifact.run}/${artifact.path}`);
      else {
        await target.verify(artifact);
        right.add(idOf(artifact));
        bytes += artifact.bytes;
        if (done === "copied") copied++;
        // Something may have been saved while this was copied.
        isDone = false;
      }
    }
    progress.end();
  }
  const { next: _, ...kept } = places.current;
  if (!isSame(from, to)) await places.remember({ ...kept, address: to === LOCAL ? undefined : to, previous: from });
  return { to, artifacts: right.size, bytes, copied, missing, previous: isSame(from, to) ? undefined : from };
}

/** Deletes what the last move left in the old place; without `apply` only says what would go. */
export async function removeOldArtifacts(source: MoveSource, apply: boolean): Promise<RemoveOldReport> {
  const sharing = sharingOf(source.root);
  const { previous, address, next } = sharing.places.current;
  if (previous === undefined) return { previous, files: 0, bytes: 0, kept: 0, applied: apply };
  if (next !== undefined)
    throw new StoreError(
      `Cannot remove the old place ${previous}: a move to ${next} has begun\n  end it first: alphabook store move --to "${next}"`,
    );
  const running = new Set(artifactRunsOf(await source.ask("SELECT run_id FROM runs WHERE status = 'RUNNING'")));
  const now = await openTarget(sharing, source.root, address ?? LOCAL, sharing.places.current.owner);
  const old = isBucket(previous) ? await sharing.openBucket(previous) : undefined;
  let [files, bytes, kept] = [0, 0, 0];
  const runs = new Map<string, ArtifactRef[]>();
  for (const artifact of artifactRefs(await source.ask(ALL)))
    runs.set(artifact.run, [...(runs.get(artifact.run) ?? []), artifact]);
  for (const [run, artifacts] of runs) {
    await host.breathe();
    const safe = !running.has(run) && (await areAll(artifacts, now));
    if (!safe) {
      kept += artifacts.length;
      continue;
    }
    const there = old === undefined ? localFiles(source.root, artifacts) : await old.list(run);
    files += there.length;
    bytes += there.reduce((sum, each) => sum + each.bytes, 0);
    if (!apply) continue;
    if (old) await old.remove(run);
    else
      for (const artifact of artifacts)
        rmSync(new ArtifactFolder(source.root, run).resolve(artifact.path), { force: true });
  }
  if (apply && kept === 0) {
    const { previous: _, ...rest } = sharing.places.current;
    await sharing.places.remember(rest);
  }
  return { previous, files, bytes, kept, applied: apply };
}

/** @throws StoreError for a bucket with another history. */
async function openTarget(
  sharing: ArtifactSharing,
  root: string,
  to: string,
  owner: string | undefined,
): Promise<ArtifactStore> {
  if (to === LOCAL) return new FolderArtifacts(root);
  return sharing.openBucket(to, { isNew: owner === undefined });
}

async function bring(
  sharing: ArtifactSharing,
  root: string,
  artifact: ArtifactRef,
  target: ArtifactStore,
): Promise<"there" | "copied" | "missing"> {
  const [local] = await sharing.locate([artifact]);
  if (target instanceof FolderArtifacts) {
    const file = new ArtifactFolder(root, artifact.run).resolve(artifact.path);
    const stat = statSync(file, { throwIfNoEntry: false });
    const source = local?.files.resolve(local.path);
    if (source === file) return "there";
    if (source === undefined) return "missing";
    // A newer version that is not logged yet may lie there: what is an hour old is none.
    if (stat && Date.now() - stat.mtimeMs < 3_600_000)
      throw new InvalidArgumentError(
        `Cannot move artifact "${artifact.path}" of run ${artifact.run}: another version of it was written just now\n  do it again later; nothing is changed yet`,
      );
    await target.put(artifact, source);
    return "copied";
  }
  if (await target.has(artifact)) return "there";
  if (local === undefined) return "missing";
  await target.put(artifact, local.files.resolve(local.path));
  return "copied";
}

async function areAll(artifacts: readonly ArtifactRef[], store: ArtifactStore): Promise<boolean> {
  for (const artifact of artifacts) if (!(await store.has(artifact))) return false;
  return true;
}

function localFiles(root: string, artifacts: readonly ArtifactRef[]): { bytes: number }[] {
  return artifacts.flatMap(({ run, path }) => {
    const stat = statSync(new ArtifactFolder(root, run).resolve(path), { throwIfNoEntry: false });
    return stat ? [{ bytes: stat.size }] : [];
  });
}

function artifactRunsOf({ columns, numRows }: EngineTable): string[] {
  const runs = columns.get("run_id");
  if (runs?.type !== "text") return [];
  return Array.from({ length: numRows }, (_, row) => runs.dictionary[runs.codes[row]!]!);
}

const isSame = (a: string, b: string) => a === b || (isBucket(a) && isBucket(b) && isSamePlace(a, b));
const idOf = ({ run, path, sha256 }: ArtifactRef) => `${run}/${path} ${sha256}`;
