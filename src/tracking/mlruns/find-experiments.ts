import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { InvalidArgumentError } from "../../errors.js";
import { readMeta } from "./meta.js";
import { deletionOf } from "./read-run.js";

/** An experiment of an MLflow file store. */
export interface MlrunsExperiment {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number | undefined;
  readonly deletedAt: number | undefined;
  readonly runFolders: readonly string[];
}

/** Where MLflow puts deleted experiments. */
const TRASH = ".trash";
/** Folders of a file store that hold no runs. */
const OTHERS: Readonly<Record<string, string>> = { models: "registered models are not imported" };
/** Folders inside an experiment that are no runs. */
const NO_RUNS: Readonly<Record<string, string>> = {
  tags: "tags of experiments are not imported",
  traces: "traces are not imported",
  datasets: "inputs of runs are not imported",
  models: "logged models are not imported",
};

/**
 * The folder of the store: the one given, or `mlruns` in it.
 *
 * @throws InvalidArgumentError when neither is one.
 */
export function findMlruns(given: string): string {
  const folder = path.resolve(given);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new InvalidArgumentError(`Cannot import ${given}: there is no such folder`);
  const holdsExperiments = (candidate: string) =>
    foldersIn(candidate).some((name) => name === TRASH || typeof readMeta(path.join(candidate, name)) !== "string");
  const found = [folder, path.join(folder, "mlruns")].find(holdsExperiments);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(
    `Cannot import ${given}: it holds no MLflow experiments\n  expected: a folder such as mlruns, with <experiment>/meta.yaml in it`,
  );
}

/** Experiments of the store, deleted ones last; what is none is told to `skip`. */
export function findMlrunsExperiments(
  mlruns: string,
  skip: (file: string, reason: string) => void,
): MlrunsExperiment[] {
  const read = (home: string, isTrash: boolean) =>
    foldersIn(home).flatMap((name): MlrunsExperiment[] => {
      if (name === TRASH) return [];
      const folder = path.join(home, name);
      const meta = readMeta(folder);
      if (typeof meta === "string") {
        skip(folder, Object.hasOwn(OTHERS, name) ? OTHERS[name]! : meta);
        return [];
      }
      const deletedAt = deletionOf(meta) ?? (isTrash ? (meta.whole("last_update_time") ?? Date.now()) : undefined);
      const inside = foldersIn(folder);
      for (const each of inside) if (Object.hasOwn(NO_RUNS, each)) skip(path.join(folder, each), NO_RUNS[each]!);
      const runFolders = inside.filter((each) => !Object.hasOwn(NO_RUNS, each));
      return [
        {
          id: name,
          name: meta.text("name") || name,
          createdAt: meta.whole("creation_time"),
          deletedAt,
          runFolders: runFolders.map((run) => path.join(folder, run)),
        },
      ];
    });
  return [...read(mlruns, false), ...read(path.join(mlruns, TRASH), true)];
}

function foldersIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
