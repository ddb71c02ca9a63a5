import { InvalidArgumentError as BadOption, type Command } from "commander";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import type { PoolTask, TaskFilter, TaskStatus } from "../pool/pool-task.js";
import type { TaskPool } from "../pool/task-pool.js";
import { example, printFacts } from "./command.js";
import { printTable, printView, storeCommand, type StoreOptions } from "./store-option.js";

interface PoolOptions extends StoreOptions {
  readonly pool?: string;
}

interface FilterOptions extends PoolOptions {
  readonly status?: readonly string[];
  readonly experiment?: string;
  readonly where?: readonly string[];
}

interface SubmitCommandOptions extends PoolOptions {
  readonly experiment?: string;
  readonly priority?: number;
  readonly maxAttempts?: number;
}

/** `task submit | list | show | stats | wait | retry | reset | cancel | prioritize | remove`. */
export function addTaskCommands(program: Command): void {
  const task = program.command("task").description("The tasks of a pool; `worker` does them.").exitOverride();

  const submit = poolCommand(
    task,
    "submit <file>",
    "Add the tasks of a JSON or YAML file (- for standard input), each once.",
  )
    .option("--experiment <name>", "the experiment that their runs belong to")
    .option("--priority <n>", "larger is sooner", wholeNumber)
    .option("--max-attempts <n>", "how often a failing task is tried", wholeNumber);
  example(submit, "alphabook task submit tasks.yaml --pool rolls --priority 5").action(submitTasks);

  const list = filterCommand(task, "list", "The tasks that fit, those at work and failed ones first.");
  example(list, "alphabook task list --pool rolls --status failed running").action(listTasks);

  const show = poolCommand(task, "show <id>", "One task: definition, result, error and what it printed.");
  example(show, "alphabook task show 3f2a --pool rolls").action(showTask);

  const stats = filterCommand(task, "stats", "How many tasks stand where.");
  example(stats, "alphabook task stats --pool rolls --json").action(showStats);

  const wait = filterCommand(
    task,
    "wait [id...]",
    "Wait until tasks have ended. Exit code 1 when one has not succeeded.",
  ).option("--timeout <seconds>", "give up after so long", seconds);
  example(wait, "alphabook task wait --pool rolls --timeout 3600").action(waitForThem);

  const retry = filterCommand(task, "retry [id...]", "Let failed tasks be tried again, with all attempts before them.");
  example(retry, "alphabook task retry --pool rolls").action(change("retried", (pool, filter) => pool.retry(filter)));

  const reset = filterCommand(
    task,
    "reset [id...]",
    "Take running tasks from their workers, or, by --status, begin finished ones anew.",
  );
  example(reset, "alphabook task reset 3f2a --status done --pool rolls").action(
    change("reset", (pool, filter) => pool.reset(filter)),
  );

  const cancel = filterCommand(
    task,
    "cancel [id...]",
    "End tasks that are not finished; `retry --status cancelled` takes it back.",
  );
  example(cancel, "alphabook task cancel --experiment old --pool rolls").action(
    change("cancelled", (pool, filter) => pool.cancel(filter)),
  );

  const prioritize = filterCommand(
    task,
    "prioritize <priority> [id...]",
    "Set the priority of tasks that wait; larger is sooner.",
  ).alias("prioritise");
  example(prioritize, "alphabook task prioritize 10 3f2a 77b0 --pool rolls").action(
    (priority: string, ids: readonly string[], options: FilterOptions) =>
      change("moved", (pool, filter) => pool.prioritize(filter, Number(priority)))(ids, options),
  );

  const remove = filterCommand(
    task,
    "remove [id...]",
    "Show which tasks would be deleted with their results; with --apply they are.",
  )
    .option("--all", "every task of the pool")
    .option("--apply", "delete them");
  example(remove, "alphabook task remove --status done --pool rolls --apply").action(removeTasks);
}

function poolCommand(parent: Command, name: string, description: string): Command {
  return storeCommand(parent, name, description).option(
    "--pool <name>",
    "the pool; default: the only one of the store",
  );
}

function filterCommand(parent: Command, name: string, description: string): Command {
  return poolCommand(parent, name, description)
    .option("--status <status...>", "waiting, running, part_done, done, failed or cancelled")
    .option("--experiment <name>", "only tasks of this experiment")
    .option("--where <path=value...>", "only tasks whose definition has this value, such as model.class=LGBModel");
}

async function submitTasks(file: string, options: SubmitCommandOptions): Promise<void> {
  const { readTasks } = await import("./task-file.js");
  const tasks = await readTasks(file);
  const { experiment, priority, maxAttempts } = options;
  await inPool(
    options,
    async (pool) => {
      const submitted = await pool.submit(tasks, {
        ...(experiment !== undefined && { experiment }),
        ...(priority !== undefined && { priority }),
        ...(maxAttempts !== undefined && { maxAttempts }),
      });
      const added = submitted.filter(({ isNew }) => isNew).length;
      const known = submitted.length - added;
      const had = known === 0 ? "" : `, ${known} that it has had before are not run again (see task reset)`;
      printFacts(options.json, { pool: pool.name, tasks: submitted }, `${added} added to pool ${pool.name}${had}`);
    },
    { mayBeNew: true },
  );
}

async function listTasks(options: FilterOptions): Promise<void> {
  await inPool(options, async (pool) => {
    const state = await pool.state(await filterOf(pool, [], options));
    if (options.json) printFacts(true, state.tasks, "");
    else if (state.tasks.length === 0) printFacts(false, [], `no such tasks in pool ${pool.name}`);
    else await printTable(options, state.rows);
  });
}

async function showTask(id: string, options: PoolOptions): Promise<void> {
  await inPool(options, async (pool) => {
    const task = await pool.get(id);
    const log = await pool.log(task.id);
    printFacts(options.json, { ...task, log }, taskText(task, log));
  });
}

/** A task as a person reads it: what is set, then the long texts. */
function taskText(task: PoolTask, log: string): string {
  const { def, result, error, claimedFrom: _from, pool: _pool, attempts, maxAttempts, hash: _hash, ...rest } = task;
  const told = { ...rest, attempts: `${attempts} of ${maxAttempts}` };
  const facts = Object.entries(told)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name.padEnd(12)} ${value instanceof Date ? value.toISOString() : value}`);
  const parts = [facts.join("\n"), `definition\n${JSON.stringify(def, null, 2)}`];
  if (result !== undefined) parts.push(`result\n${JSON.stringify(result, null, 2)}`);
  if (error)
    parts.push(
      `error of attempt ${error.attempt}, on ${error.host} at ${error.at}\n${error.stack ?? `${error.name}: ${error.message}`}`,
    );
  if (log !== "") parts.push(`printed\n${log.trimEnd()}`);
  return parts.join("\n\n");
}

async function showStats(options: FilterOptions): Promise<void> {
  await inPool(options, async (pool) => {
    const stats = await pool.stats(await filterOf(pool, [], options));
    const { progressText } = await import("../pool/wait-for-tasks.js");
    printFacts(
      options.json,
      { pool: pool.name, place: pool.place, ...stats },
      `pool ${pool.name}: ${progressText(stats)}`,
    );
  });
}

async function waitForThem(
  ids: readonly string[],
  options: FilterOptions & { readonly timeout?: number },
): Promise<void> {
  const { timeout } = options;
  await inPool(options, async (pool) => {
    const tasks = await pool.wait(await filterOf(pool, ids, options), {
      ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    });
    printFacts(options.json, tasks, `${tasks.length} done in pool ${pool.name}`);
  });
}

/** An action that does something to the tasks that fit, and tells to how many. */
function change(done: string, act: (pool: TaskPool, filter: TaskFilter) => Promise<number>) {
  return (ids: readonly string[], options: FilterOptions) =>
    inPool(options, async (pool) => {
      const count = await act(pool, await filterOf(pool, ids, options));
      printFacts(options.json, { pool: pool.name, [done]: count }, `${count} ${done} in pool ${pool.name}`);
    });
}

async function removeTasks(
  ids: readonly string[],
  options: FilterOptions & { readonly all?: true; readonly apply?: true },
): Promise<void> {
  const { all = false, apply } = options;
  await inPool(options, async (pool) => {
    const filter = await filterOf(pool, ids, options);
    if (apply) {
      const count = await pool.remove({ ...filter, all });
      return printFacts(options.json, { pool: pool.name, removed: count }, `${count} removed from pool ${pool.name}`);
    }
    if (!all && Object.keys(filter).length === 0)
      throw new InvalidArgumentError(
        "Cannot remove tasks: none were named\n  give ids, --status, --experiment or --where, or --all",
      );
    const state = await pool.state(filter);
    await printView(
      options,
      {
        kind: "table",
        title: `${state.tasks.length} would be removed from pool ${pool.name}`,
        facts: {},
        table: state.rows,
        notes: ["nothing was removed: add --apply"],
      },
      { pool: pool.name, wouldRemove: state.tasks.map(({ id }) => id) },
    );
  });
}

/** The pool that was named, or the only one; only tasks that are submitted make a new one. */
async function inPool(
  options: PoolOptions,
  work: (pool: TaskPool) => Promise<void>,
  { mayBeNew = false }: { readonly mayBeNew?: boolean } = {},
): Promise<void> {
  const { listTaskPools, openTaskPool } = await import("../pool/open-task-pool.js");
  const place = options.store === undefined ? {} : { store: options.store };
  const isOnServer = options.store === undefined && Boolean(process.env.ALPHABOOK_POOL);
  const names = isOnServer ? [] : listTaskPools(place);
  const name = options.pool ?? onlyOne(names, isOnServer);
  const pool = openTaskPool(name, place);
  try {
    if (!mayBeNew && !isOnServer && !names.includes(name)) throw new UnknownNameError("task pool", name, names);
    await work(pool);
  } finally {
    await pool.close();
  }
}

function onlyOne(names: readonly string[], isOnServer: boolean): string {
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  if (isOnServer)
    throw new InvalidArgumentError(
      "Cannot tell which pool is meant: ALPHABOOK_POOL names a server, which may have several\n  give --pool NAME",
    );
  throw new InvalidArgumentError(
    name === undefined
      ? "Cannot tell which pool is meant: the store has none\n  give --pool NAME; a pool comes into being with its first task"
      : `Cannot tell which pool is meant: the store has ${names.join(", ")}\n  give --pool NAME`,
  );
}

/** Ids may be the beginnings of ids. */
async function filterOf(pool: TaskPool, ids: readonly string[], options: FilterOptions): Promise<TaskFilter> {
  const { status, experiment, where } = options;
  const whole = await Promise.all(ids.map(async (id) => (await pool.get(id)).id));
  return {
    ...(whole.length > 0 && { ids: whole }),
    ...(status && { status: status as TaskStatus[] }),
    ...(experiment !== undefined && { experiment }),
    ...(where && { where: Object.fromEntries(where.map(pathAndValue)) }),
  };
}

/** `kwargs.alpha=0.05`: a value that JSON can read is that value, everything else a text. */
function pathAndValue(text: string): [string, unknown] {
  const at = text.indexOf("=");
  if (at < 1)
    throw new InvalidArgumentError(
      `Cannot read --where "${text}"\n  expected: path=value, such as model.class=LGBModel`,
    );
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}

function wholeNumber(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new BadOption("a whole number is expected");
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new BadOption("a number of seconds above 0 is expected");
}
