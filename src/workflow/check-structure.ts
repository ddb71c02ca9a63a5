import type { z } from "zod";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import { pathText, type ConfigPath } from "../config/places.js";
import { nearest, type ConfigError } from "../errors.js";
import { mistakeIn, type LoadedWorkflow } from "./load-workflow.js";
import { WORKFLOW } from "./workflow-schema.js";

/** @throws ConfigError for the first thing that has not the form of a workflow. */
export function checkStructure(workflow: LoadedWorkflow): void {
  checkShape(workflow, WORKFLOW, workflow.config, []);
  for (const [path, schema] of [
    [[], WORKFLOW],
    [["task"], WORKFLOW.shape.task],
    [["qlib_init"], WORKFLOW.shape.qlib_init],
  ] as const)
    checkSlips(workflow, path, Object.keys(schema.shape));
}

/**
 * Holds a part of the workflow against a schema; keys may be in snake_case or camelCase.
 *
 * @throws ConfigError for the first issue, with its place.
 */
export function checkShape(workflow: LoadedWorkflow, schema: z.ZodType, value: unknown, path: ConfigPath): void {
  const result = schema.safeParse(path.length === 0 ? value : snakeKeys(value));
  if (result.success) return;
  const issue = deepest(result.error.issues);
  const within = asWritten(
    value,
    issue.path.filter((step) => typeof step !== "symbol"),
  );
  throw mistakeOf(workflow, issue, [...path, ...within], schema);
}

type Issue = z.core.$ZodIssue;

/** The first issue; of alternatives, the one that got furthest. */
function deepest(issues: readonly Issue[]): Issue {
  const issue = issues[0]!;
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.filter((each) => each.length > 0).map(deepest);
  const furthest = inner.sort((a, b) => b.path.length - a.path.length)[0];
  if (furthest === undefined || (furthest.path.length === 0 && furthest.code === "invalid_type")) return issue;
  return { ...furthest, path: [...issue.path, ...furthest.path] };
}

function mistakeOf(workflow: LoadedWorkflow, issue: Issue, path: ConfigPath, schema: z.ZodType): ConfigError {
  const holder = valueAt(workflow.config, path);
  if (issue.code === "unrecognized_keys") {
    const written = Object.keys(isPlainObject(holder) ? holder : {});
    const key = written.find((each) => issue.keys.includes(snake(each))) ?? issue.keys[0]!;
    const known = shapeAt(schema, issue.path);
    return mistakeIn(workflow, {
      ...{ path: [...path, key], onKey: true, state: `unknown key "${key}"` },
      ...(known.length > 0 ? { known: { what: "known", names: known, given: key } } : {}),
      next: known.includes("signal") && (key === "model" || key === "dataset") ? [OLD_SIGNAL] : [],
    });
  }
  if (holder === undefined) {
    const [above, key] = [path.slice(0, -1), String(path.at(-1))];
    const beside = valueAt(workflow.config, above);
    const names = isPlainObject(beside) ? Object.keys(beside) : [];
    const near = nearest(key, names);
    if (near !== undefined && near !== key && similar(near, key))
      return mistakeIn(workflow, {
        ...{ path: [...above, near], onKey: true, state: `"${key}" is missing; is "${near}" meant to be it?` },
      });
    return mistakeIn(workflow, {
      ...{ path: above, onKey: true, state: `"${key}" is missing` },
      known: { what: "there are", names },
      next: [`expected: ${pathText(path)}`, ...(EXAMPLES[pathText(path)] ?? [])],
    });
  }
  return mistakeIn(workflow, { path, state: `${shown(holder)} is not what belongs here: ${expectation(issue)}` });
}

/** Files of Qlib's first years name both instead of a signal. */
const OLD_SIGNAL = "instead of model and dataset: signal: <PRED>, the recorded prediction";

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  qlib_init: ["qlib_init: { provider_uri: a folder of prices or synthetic://, region: us }"],
  "qlib_init.provider_uri": ["a folder of prices (Parquet, CSV, Qlib's store) or synthetic://"],
  "task.model": ["model: { class: LGBModel, kwargs: {} }"],
  "task.dataset": ["dataset: { class: DatasetH, kwargs: { handler: …, segments: … } }"],
  "task.dataset.kwargs.segments": ["segments: { train: [2015-01-02, 2017-12-31], test: [2018-01-01, 2019-12-31] }"],
};

function expectation(issue: Issue): string {
  if (issue.code === "invalid_type") return `${KIND_WORDS[issue.expected] ?? issue.expected} is expected`;
  if (issue.code === "invalid_value")
    return `one of ${issue.values.map((each) => JSON.stringify(each)).join(", ")} is expected`;
  if (issue.code === "too_small")
    return issue.origin === "array"
      ? `${issue.minimum} values are expected`
      : `at least ${issue.minimum} is expected${issue.inclusive ? "" : ", itself not included"}`;
  if (issue.code === "too_big")
    return issue.origin === "array" ? `${issue.maximum} values are expected` : `at most ${issue.maximum} is expected`;
  if (issue.code === "invalid_union") {
    const words = new Set(
      issue.errors
        .flat()
        .flatMap((each) => (each.code === "invalid_type" ? [KIND_WORDS[each.expected] ?? each.expected] : [])),
    );
    return `${[...words].join(" or ") || "something else"} is expected`;
  }
  return issue.message;
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  ...{ object: "a mapping (key: value)", record: "a mapping (key: value)", array: "a list", string: "a text" },
  ...{ number: "a number", int: "a whole number", boolean: "true or false", null: "null", tuple: "a list" },
};

/** @throws ConfigError for a key that is nearly a known one: it would be carried along and do nothing. */
function checkSlips(workflow: LoadedWorkflow, path: ConfigPath, known: readonly string[]): void {
  const holder = valueAt(workflow.config, path);
  if (!isPlainObject(holder)) return;
  for (const key of Object.keys(holder)) {
    const near = known.includes(key) ? undefined : known.find((each) => similar(each, key));
    if (near !== undefined)
      throw mistakeIn(workflow, {
        ...{ path: [...path, key], onKey: true, state: `unknown key "${key}"` },
        known: { what: "known", names: known, given: key },
      });
  }
}

/** One letter more, less or other, or two swapped. */
function similar(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 3) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [x, y] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return x.length <= 1 && y.length <= 1 ? true : x.length === 2 && y === `${x[1]}${x[0]}`;
}

/** A value as a message shows it: cut to a line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

export function valueAt(config: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      Array.isArray(value) || isPlainObject(value) ? (value as Record<string, unknown>)[String(step)] : undefined,
    config,
  );
}

const snake = (key: string): string => key.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [snake(key), snakeKeys(item)]));
}

/** A path of snake_case keys as the file spells them. */
function asWritten(value: unknown, path: ConfigPath): ConfigPath {
  const steps: (string | number)[] = [];
  for (const step of path) {
    const key = isPlainObject(value) ? (Object.keys(value).find((each) => snake(each) === step) ?? step) : step;
    steps.push(key);
    value = valueAt(value, [key]);
  }
  return steps;
}

/** The keys that a schema knows at a path. */
function shapeAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const step of [...path, undefined]) {
    while (at !== null && typeof at === "object" && "unwrap" in at) at = (at as z.ZodOptional).unwrap();
    if (step === undefined) break;
    at = (at as { shape?: Record<PropertyKey, unknown> }).shape?.[step];
  }
  return Object.keys((at as { shape?: object } | undefined)?.shape ?? {});
}
