import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { mistakeAt, Places, type MistakeOptions } from "../config/places.js";
import { renderTemplate } from "../config/render-template.js";
import { updateConfig } from "../config/update-config.js";
import { ConfigError } from "../errors.js";
import { coverSecrets } from "./cover-secrets.js";
import { applyOverrides, type Override } from "./overrides.js";

/** A file that a workflow was read from. */
export interface WorkflowFile {
  readonly file: string;
  readonly raw: string;
  /** With its template's variables put in, secret ones covered by stars. */
  readonly rendered: string;
}

/** A workflow as written: files and overrides merged, nothing checked yet. */
export interface LoadedWorkflow {
  /** What it is called in messages. */
  readonly name: string;
  /** Where relative paths begin: the file's folder, or that of the process. */
  readonly folder: string;
  readonly config: Record<string, unknown>;
  readonly places: Places;
  /** The file itself first, then its bases. */
  readonly files: readonly WorkflowFile[];
  /** Environment variables that its templates used. */
  readonly variables: readonly string[];
  /** The secret ones among them, with their values. */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface LoadWorkflowOptions {
  /** In order; they win over files. */
  readonly overrides?: readonly Override[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** An error about a part of the workflow, with its place; secrets in it are covered. */
export function mistakeIn(
  { name, places, secrets }: Pick<LoadedWorkflow, "name" | "places" | "secrets">,
  { onKey = false, cause, ...mistake }: Omit<MistakeOptions, "name" | "place"> & { readonly onKey?: boolean },
): ConfigError {
  const at = mistake.path ?? [];
  // What the cause says is not covered.
  const told = Object.keys(secrets).length === 0 ? { ...mistake, cause } : coverSecrets(mistake, secrets);
  return mistakeAt({ ...told, name, place: onKey ? places.ofKey(at) : places.of(at) });
}

/** Reads a workflow: rendered, parsed, laid over its bases (each rendered and followed as well), overridden. */
export async function loadWorkflow(
  source: string | Readonly<Record<string, unknown>>,
  { overrides = [], env = process.env }: LoadWorkflowOptions = {},
): Promise<LoadedWorkflow> {
  if (typeof source !== "string") {
    const located = applyOverrides({ config: updateConfig({}, source), places: new Places() }, overrides, OBJECT);
    return { ...located, name: OBJECT, folder: process.cwd(), files: [], variables: [], secrets: {} };
  }
  const file = path.resolve(source);
  const name = path.relative(process.cwd(), file).startsWith("..") ? file : path.relative(process.cwd(), file);
  const { files, variables, secrets, ...located } = await readWithBases(file, name, [], overrides, env);
  return { ...applyOverrides(located, overrides, name), name, folder: path.dirname(file), files, variables, secrets };
}

/** What a workflow that is no file is called. */
const OBJECT = "(object)";

type Read = Pick<LoadedWorkflow, "config" | "places" | "files" | "variables" | "secrets">;

async function readWithBases(
  file: string,
  name: string,
  above: readonly string[],
  overrides: readonly Override[],
  env: NonNullable<LoadWorkflowOptions["env"]>,
): Promise<Read> {
  const raw = await readText(file, name);
  const { text, masked, variables, secrets } = await renderTemplate(raw, name, env);
  const { readYaml } = await import("../config/read-yaml.js");
  const own = readYaml(text, name, { raw, shown: masked, overrides });
  const files = [{ file, raw, rendered: masked }];
  const base = own.config.BASE_CONFIG_PATH;
  if (base === undefined || base === null) return { ...own, files, variables, secrets };
  const at = { path: ["BASE_CONFIG_PATH"], name, place: own.places.of(["BASE_CONFIG_PATH"]) };
  if (typeof base !== "string") throw mistakeAt({ ...at, state: "a file's path is expected" });
  const candidates = [path.resolve(path.dirname(file), base), path.resolve(base)];
  const found = candidates.find((each) => existsSync(each));
  if (found === undefined)
    throw mistakeAt({
      ...at,
      state: `there is no file "${base}"`,
      next: [`looked for: ${[...new Set(candidates)].join(", ")}`],
    });
  if ([...above, file].includes(found))
    throw mistakeAt({
      ...at,
      state: `"${base}" leads back to itself`,
      next: [[...above, file, found].map((each) => path.basename(each)).join(" → ")],
    });
  const shown = path.join(path.dirname(name), path.relative(path.dirname(file), found));
  const under = await readWithBases(found, shown, [...above, file], overrides, env);
  return {
    config: updateConfig(under.config, own.config),
    places: under.places.with(own.places),
    files: [...files, ...under.files],
    variables: [...new Set([...variables, ...under.variables])].sort(),
    secrets: { ...under.secrets, ...secrets },
  };
}

async function readText(file: string, name: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const state = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : String(cause);
    throw new ConfigError(`Cannot read workflow ${name}: ${state}`, { cause });
  }
}
