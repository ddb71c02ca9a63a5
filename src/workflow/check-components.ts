import { camelKeys, classNameOf, type ComponentConfig } from "../config/component-config.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import type { ConfigPath } from "../config/places.js";
import { registry, type ComponentClass } from "../config/registry.js";
import type { DataHandlerLP } from "../dataset/data-handler-lp.js";
import { makeProcessor } from "../dataset/make-processor.js";
import type { DatasetH } from "../dataset/dataset-h.js";
import type { RecordClass } from "../record-template/record-temp.js";
import { atItsPlace, lowered } from "./at-its-place.js";
import { checkShape, shown, valueAt } from "./check-structure.js";
import { componentNames, findComponent, findStandIn, fitsKind, needsOf, type ComponentKind } from "./components.js";
import { mistakeIn, type LoadedWorkflow } from "./load-workflow.js";
import { findOwnFile, isOwnFile, loadOwnClass } from "./own-class.js";
import { KWARGS } from "./workflow-schema.js";

type Kwargs = Readonly<Record<string, unknown>>;

/** A record template of the task. */
export interface RecordPart {
  readonly path: ConfigPath;
  readonly Template: RecordClass;
}

/** The parts of a task as objects that were made to look at, not to run. */
export interface WorkflowParts {
  readonly model: object;
  readonly dataset: DatasetH;
  readonly records: readonly RecordPart[];
}

/** Where the handler of a task stands. */
export const HANDLER: ConfigPath = ["task", "dataset", "kwargs", "handler"];

/**
 * Finds every class of the task, loads the user's own, and makes each part once, so that wrong options are found before
 * anything runs. Nothing is read or computed.
 *
 * @throws ConfigError with the place of the first mistake.
 */
export async function checkComponents(workflow: LoadedWorkflow): Promise<WorkflowParts> {
  const model = await checkMade(workflow, "model", ["task", "model"], construct);
  const Dataset = await check(workflow, "dataset", ["task", "dataset"]);
  const handler = await checkHandler(workflow, HANDLER);
  const options = { ...kwargsAt(workflow, ["task", "dataset"]), handler };
  const dataset = atItsPlace(workflow, ["task", "dataset", "kwargs"], () => construct(Dataset, options)) as DatasetH;
  const task = workflow.config.task as Kwargs;
  if (task.reweighter != null) await findClass(workflow, undefined, ["task", "reweighter"]);
  const records: RecordPart[] = [];
  for (const path of recordPaths(task.record)) records.push({ path, Template: await checkRecord(workflow, path) });
  return { model, dataset, records };
}

/** Where the record templates of a task stand. */
export function recordPaths(record: unknown): ConfigPath[] {
  if (record == null) return [];
  return Array.isArray(record) ? record.map((_, i) => ["task", "record", i]) : [["task", "record"]];
}

async function checkHandler(workflow: LoadedWorkflow, path: ConfigPath): Promise<DataHandlerLP> {
  const config = valueAt(workflow.config, path);
  if (typeof config === "string" || !isPlainObject(config))
    throw mistakeIn(workflow, {
      ...{ path, state: config === undefined ? '"handler" is missing' : `${shown(config)} is no handler` },
      next: [
        "expected: { class, kwargs }",
        ...(typeof config === "string" ? ["a stored handler of Qlib's cannot be read here"] : []),
      ],
      known: { what: "handlers", names: componentNames("handler") },
    });
  for (const list of ["shared_processors", "infer_processors", "learn_processors"])
    for (const key of [list, ...Object.keys(camelKeys({ [list]: 0 }))]) {
      const listed = valueAt(config, ["kwargs", key]);
      if (Array.isArray(listed))
        for (const i of listed.keys()) await checkProcessor(workflow, [...path, "kwargs", key, i]);
    }
  return (await checkMade(workflow, "handler", path, (Handler, kwargs) =>
    construct(Handler, { market: NO_MARKET, ...kwargs }),
  )) as DataHandlerLP;
}

/** Stands for the market while options are checked; it is never opened. */
const NO_MARKET = "synthetic://";

async function checkProcessor(workflow: LoadedWorkflow, path: ConfigPath): Promise<void> {
  await findClass(workflow, "processor", path);
  const config = valueAt(workflow.config, path) as string | ComponentConfig;
  atItsPlace(workflow, path, () =>
    makeProcessor(typeof config === "string" ? classNameOf(config) : { ...config, class: classNameOf(config.class) }),
  );
}

async function checkRecord(workflow: LoadedWorkflow, path: ConfigPath): Promise<RecordClass> {
  const Template = await check(workflow, "record template", path);
  const config = [...path, "kwargs", "config"];
  for (const kind of ["strategy", "executor"] as const)
    if (valueAt(workflow.config, [...config, kind]) !== undefined) await check(workflow, kind, [...config, kind]);
  atItsPlace(workflow, [...path, "kwargs"], () => construct(Template, kwargsAt(workflow, path)));
  return Template as unknown as RecordClass;
}

/** A part made once, after its class and options were looked at. */
async function checkMade(
  workflow: LoadedWorkflow,
  kind: ComponentKind,
  path: ConfigPath,
  make: (component: ComponentClass, kwargs: Kwargs) => object,
): Promise<object> {
  const component = await check(workflow, kind, path);
  return atItsPlace(workflow, [...path, "kwargs"], () => make(component, kwargsAt(workflow, path)));
}

/** The class of a part, its options held against what is known of it. */
async function check(workflow: LoadedWorkflow, kind: ComponentKind, path: ConfigPath): Promise<ComponentClass> {
  const component = await findClass(workflow, kind, path);
  const kwargs = kwargsAt(workflow, path);
  const schema = Object.hasOwn(KWARGS, component.name) ? KWARGS[component.name] : undefined;
  if (schema) checkShape(workflow, schema, kwargs, [...path, "kwargs"]);
  return component;
}

const construct = (component: ComponentClass, kwargs: Kwargs): object =>
  new (component as unknown as new (options: Kwargs) => object)(camelKeys(kwargs));

const kwargsAt = (workflow: LoadedWorkflow, path: ConfigPath): Kwargs =>
  (valueAt(workflow.config, [...path, "kwargs"]) ?? {}) as Kwargs;

function classAt(workflow: LoadedWorkflow, path: ConfigPath): string {
  const config = valueAt(workflow.config, path);
  const name = typeof config === "string" ? config : valueAt(config, ["class"]);
  if (typeof name === "string" && name !== "") return name;
  throw mistakeIn(workflow, {
    ...{ path, state: name === undefined ? '"class" is missing' : `class is ${shown(name)}, a text is expected` },
    next: ["expected: { class: Name, kwargs: { … } }"],
  });
}

async function findClass(
  workflow: LoadedWorkflow,
  kind: ComponentKind | undefined,
  path: ConfigPath,
): Promise<ComponentClass> {
  const what = kind ?? "component";
  const written = classAt(workflow, path);
  const name = classNameOf(written);
  const modulePath = valueAt(workflow.config, [...path, "module_path"]);
  const own = await findOwn(workflow, [...path, "module_path"], modulePath, name);
  const found = own ?? (kind ? findComponent(kind, name) : registry.find(name));
  const at = typeof valueAt(workflow.config, path) === "string" ? path : [...path, "class"];
  if (found === undefined) {
    const standIn = findStandIn(name);
    const python = typeof modulePath === "string" && !/^qlib\./.test(modulePath) && !isOwnFile(modulePath);
    throw mistakeIn(workflow, {
      ...{ path: at, state: `unknown ${what} "${name}"` },
      ...(kind
        ? {
            known: {
              what: `known ${kind === "strategy" ? "strategies" : `${kind}s`}`,
              names: componentNames(kind),
              given: name,
            },
          }
        : {}),
      next: [
        ...(standIn ? [`"${name}" of Qlib is not here; instead: ${standIn}`] : []),
        ...(python
          ? [
              `module_path ${modulePath} means a Python module; a class of your own stands in a file: module_path: ./${snakeFile(name)}.ts`,
            ]
          : []),
      ],
    });
  }
  if (kind && !fitsKind(kind, found))
    throw mistakeIn(workflow, {
      ...{ path: at, state: `"${name}" is no ${kind}` },
      known: { what: `known ${kind}s`, names: componentNames(kind) },
      next: [`a ${kind} of your own needs ${needsOf(kind)}`],
    });
  return found;
}

const snakeFile = (name: string) => name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

async function findOwn(
  workflow: LoadedWorkflow,
  path: ConfigPath,
  modulePath: unknown,
  name: string,
): Promise<ComponentClass | undefined> {
  if (typeof modulePath !== "string" || /^qlib(\.|$)/.test(modulePath)) return undefined;
  const roots = searchRoots(workflow);
  const file = findOwnFile(modulePath, roots);
  if (file === undefined) {
    if (!isOwnFile(modulePath)) return undefined;
    const python = modulePath.endsWith(".py");
    throw mistakeIn(workflow, {
      ...{ path, state: python ? "a Python file cannot be loaded" : `there is no file "${modulePath}"` },
      next: [
        python
          ? "write the class in JavaScript or TypeScript: module_path: ./my-model.ts"
          : `looked in: ${roots.join(", ")}`,
      ],
    });
  }
  const before = registry.find(name);
  if (before && registry.findIdentity(Object.create(before.prototype as object) as object)?.module === "alphabook")
    throw mistakeIn(workflow, {
      path,
      state: `alphabook has a class "${name}" itself`,
      next: ["give yours another name"],
    });
  try {
    const own = await loadOwnClass(file, name);
    registry.add(name, own, { module: modulePath });
    return own;
  } catch (cause) {
    const [first = "", ...rest] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw mistakeIn(workflow, { path, state: lowered(first), next: rest.map((line) => line.trim()), cause });
  }
}

/** Folders that files of one's own are looked for in: the workflow's, then those of `sys`. */
function searchRoots({ folder, config }: LoadedWorkflow): string[] {
  const { path = [], rel_path = [] } = (config.sys ?? {}) as { path?: string | string[]; rel_path?: string | string[] };
  return [folder, ...[path].flat(), ...[rel_path].flat().map((each) => `${folder}/${each}`)];
}
