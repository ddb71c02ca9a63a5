import path from "node:path";
import { deepcopyBasicType, isPlainObject } from "../config/deepcopy-basic-type.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { ConfigError, MissingArtifactError } from "../errors.js";
import type { Recorder } from "../tracking/recorder.js";
import { isOwnFile } from "./own-class.js";

export interface WorkflowFromRunOptions {
  /** Where the file will stand; paths inside are relative to it where they can be. Default: the working directory. */
  readonly folder?: string;
}

type Mapping = Record<string, unknown>;

/**
 * The YAML that repeats a run: what `alphabook run` was given, merged, with every override in its place, the market's address
 * and the experiment; of a run that was trained by code (`taskTrain`), its task.
 *
 * Secrets stand as the templates they came from. The run's code, and data that have changed since, are not brought back:
 * the comment at the top names run and data.
 *
 * @throws MissingArtifactError for a run that keeps no task; ConfigError for one whose task held objects instead of
 *   configurations.
 */
export async function workflowFromRun(recorder: Recorder, options: WorkflowFromRunOptions = {}): Promise<string> {
  refuseUnknownOptions("Cannot write a workflow", options, ["folder"]);
  const { folder = process.cwd() } = options;
  const { workflowYaml } = await import("./workflow-yaml.js");
  const { config, from } = await configOf(recorder);
  const { address, region } = await marketOf(recorder);
  const init = (isPlainObject(config.qlib_init) ? config.qlib_init : {}) as Mapping;
  const written = init.provider_uri;
  const provider = address ?? (typeof written === "string" ? absolute(written, from) : written);
  const whole: Mapping = {
    qlib_init: { ...init, provider_uri: shortest(provider, folder), region: init.region ?? region },
    ...(config.sys == null ? {} : { sys: { path: searchPaths(config.sys as Mapping, from, folder) } }),
    experiment_name: recorder.info.experimentName,
    task: moved(config.task, from, folder),
  };
  return workflowYaml(whole, await comment(recorder));
}

/** What the run was made of, and the folder that its paths start from. */
async function configOf(recorder: Recorder): Promise<{ config: Mapping; from: string }> {
  if (await recorder.hasArtifact("config")) {
    const config = deepcopyBasicType((await recorder.loadObject("config")) as Mapping);
    const workflow = (await recorder.hasArtifact("workflow"))
      ? ((await recorder.loadObject("workflow")) as Mapping)
      : {};
    return { config, from: typeof workflow.folder === "string" ? workflow.folder : process.cwd() };
  }
  if (!(await recorder.hasArtifact("task")))
    throw new MissingArtifactError(
      `Cannot write the workflow of run "${recorder.name}": it keeps neither a config nor a task\n  runs of alphabook run, runWorkflow and taskTrain keep them; of a run of notebook cells: run.notebook("again.ipynb")`,
      ["config", "task"],
    );
  if ((await recorder.listTags()).task_hash === undefined)
    throw new ConfigError(
      `Cannot write the workflow of run "${recorder.name}": its task held objects, and how they were made is not known\n  give { class, kwargs } instead of objects to taskTrain`,
    );
  return { config: { task: await recorder.loadObject("task") }, from: process.cwd() };
}

/** The market that the run's dataset was made of. */
async function marketOf(recorder: Recorder): Promise<{ address?: string; region?: string }> {
  if (!(await recorder.hasArtifact("dataset"))) return {};
  const { kwargs } = (await recorder.loadObject("dataset")) as {
    kwargs?: { handler?: { kwargs?: { market?: string | { address: string; region?: string } } } };
  };
  const market = kwargs?.handler?.kwargs?.market;
  return typeof market === "string" ? { address: market } : (market ?? {});
}

/** The task with the paths of the user's own files seen from another folder. */
function moved(value: unknown, from: string, folder: string): unknown {
  if (Array.isArray(value)) return value.map((item) => moved(item, from, folder));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const isFile = key === "module_path" && typeof item === "string" && isOwnFile(item);
      return [key, isFile ? relative(path.resolve(from, item), folder) : moved(item, from, folder)];
    }),
  );
}

function searchPaths(sys: Mapping, from: string, folder: string): string[] {
  const texts = (value: unknown) => [value ?? []].flat() as string[];
  const found = [...texts(sys.path), ...texts(sys.rel_path).map((each) => path.resolve(from, each))];
  return found.map((each) => relative(path.resolve(each), folder));
}

const isAddress = (text: string): boolean => /^[a-z][a-z0-9+.-]+:/i.test(text);

const absolute = (address: string, from: string): string =>
  isAddress(address) || address.startsWith("~") ? address : path.resolve(from, address);

/** Paths at or below the folder are written relative to it, so that it can be moved. */
function shortest(provider: unknown, folder: string): unknown {
  if (typeof provider !== "string" || isAddress(provider) || !path.isAbsolute(provider)) return provider;
  const below = path.relative(folder, provider);
  return below.startsWith("..") || path.isAbsolute(below) ? provider : `./${below}`;
}

function relative(file: string, folder: string): string {
  const seen = path.relative(folder, file).split(path.sep).join("/");
  return seen.startsWith(".") ? seen : `./${seen}`;
}

async function comment(recorder: Recorder): Promise<string[]> {
  const { data } = await recorder.listTags();
  return [`Repeats run ${recorder.id} (${recorder.name})`, ...(data === undefined ? [] : [`data: ${String(data)}`])];
}
