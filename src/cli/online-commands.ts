import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { InvalidArgumentError as InvalidOption, type Command } from "commander";
import { VIEW, type Viewable } from "../panel/view.js";
import type { JournalEntry } from "../online/journal.js";
import type { OnlineManager } from "../online/online-manager.js";
import { example } from "./command.js";
import { printTable, printView, storeCommand, useStore, type StoreOptions } from "./store-option.js";

interface OnlineOptions extends StoreOptions {
  readonly day?: string;
  readonly until?: string;
  readonly asOf?: string;
  readonly output?: string;
  readonly topk: number;
  readonly nDrop: number;
  readonly account: number;
  readonly holdings?: string;
}

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidOption(`"${text}" is no number`);
  return value;
};

/** `online first | routine | simulate | signals | status | orders`. */
export function addOnlineCommands(program: Command): void {
  const online = program
    .command("online")
    .description("A daily practice: train, forecast, issue signals, list orders.");
  const add = (name: string, description: string) => storeCommand(online, name, description);
  example(
    add("first <manager.yaml>", "Train the strategies of a manager file for the first time."),
    "alphabook online first daily.yaml",
  ).action(first);
  example(
    add("routine <manager>", "The work of a day, by a manager's name; what broke off is finished.").option(
      "--day <date>",
      "default: the last day with data",
    ),
    "alphabook online routine daily --day 2024-01-16",
  ).action(routine);
  example(
    add("simulate <manager>", "Routines for every day up to one, each as it would have been; a name or a file.").option(
      "--until <date>",
      "default: the last day with data",
    ),
    "alphabook online simulate daily.yaml --until 2024-03-28",
  ).action(simulate);
  example(
    add("signals <manager>", "The signals of a manager.")
      .option("--as-of <date>", "as they were known after the routine of that day")
      .option("-o, --output <signals.csv>", "write them to a file"),
    "alphabook online signals daily --as-of 2024-01-16 -o signals.csv",
  ).action(signals);
  example(
    add("status <manager>", "How a manager stands: models, signals, IC by age.").option(
      "-o, --output <status.html>",
      "write it as a page",
    ),
    "alphabook online status daily -o status.html",
  ).action(status);
  example(
    add("orders <manager>", "Orders for the next trading day.")
      .option("--topk <n>", "how many instruments to hold", number, 50)
      .option("--n-drop <n>", "how many to replace at most", number, 5)
      .option("--account <money>", "with what the paper portfolio began, or the cash beside --holdings", number, 1e8)
      .option(
        "--holdings <holdings.csv>",
        "what is held: instrument,shares (real shares); default: the paper portfolio",
      )
      .option("-o, --output <orders.csv>", "write them to a file"),
    "alphabook online orders daily --topk 50 --n-drop 5 -o orders.csv",
  ).action(orders);
}

async function first(file: string, options: OnlineOptions): Promise<void> {
  const manager = await makeOrLoad(file, options);
  const before = Object.keys(await manager.onlineModels());
  await manager.firstTrain();
  if (manager.strategies.every(({ name }) => before.includes(name)))
    tell(
      `Nothing to train; trained before: ${before.join(", ")}\n  a day's work: alphabook online routine ${manager.name}`,
    );
  const models = Object.entries(await manager.onlineModels());
  const rows = models.flatMap(([strategy, runs]) => runs.map(({ id, name }) => ({ strategy, run: name, id })));
  await printTable(options, rows);
}

async function routine(name: string, options: OnlineOptions): Promise<void> {
  const manager = await makeOrLoad(name, options);
  await printEntry(options, await manager.runRoutine(options.day));
}

async function simulate(name: string, options: OnlineOptions): Promise<void> {
  const manager = await makeOrLoad(name, options);
  const issued = await manager.simulate(options.until === undefined ? {} : { until: options.until });
  const days = (await manager.journal()).filter(({ kind }) => kind === "routine").length;
  const facts = { manager: manager.name, routines: days, signals: issued.numRows(), day: await manager.currentDay() };
  await printView(options, { kind: "facts", title: `Simulated ${manager.name}`, facts }, facts);
}

async function signals(name: string, options: OnlineOptions): Promise<void> {
  const manager = await makeOrLoad(name, options);
  const table = await manager.signals(options.asOf === undefined ? {} : { asOf: options.asOf });
  if (table.numRows() === 0) {
    const [day] = (await manager.journal()).filter(({ signals: issued }) => (issued?.rows ?? 0) > 0);
    tell(
      day
        ? `No signals of ${name} were known on ${options.asOf}: the first were issued on ${day.day}`
        : `No signals of ${name} yet: a routine issues them, alphabook online routine ${name}`,
    );
  }
  if (options.output === undefined) return printTable(options, table);
  await write(options.output, `${table.toCSV().trimEnd()}\n`, `${table.numRows()} signals`);
}

async function status(name: string, options: OnlineOptions): Promise<void> {
  const manager = await makeOrLoad(name, options);
  const { onlineStatus } = await import("../online/online-status.js");
  const report = await onlineStatus(manager);
  if (options.output !== undefined) {
    const { reportToHtml } = await import("../notebook/report-page.js");
    const page = await reportToHtml(report, { footer: `Online manager ${name} · alphabook` });
    await write(options.output, page, "the status");
  }
  const tables = Object.fromEntries(report.sections.map((section) => [section.name, section.table.objects()]));
  await printView(
    options,
    { kind: "facts", title: report.title, facts: report.facts, notes: report.notes },
    {
      ...report.facts,
      notes: report.notes,
      ...tables,
    },
  );
}

async function orders(name: string, options: OnlineOptions): Promise<void> {
  const manager = await makeOrLoad(name, options);
  const { orderList } = await import("../online/order-list.js");
  const { topk, nDrop, account, holdings, output } = options;
  const { readHoldingsFile } = await import("../online/holdings-file.js");
  const shares =
    holdings === undefined ? undefined : readHoldingsFile(holdings, (await manager.market()).allInstruments);
  const list = await orderList(manager, {
    strategy: { topk, nDrop },
    account,
    ...(shares && { holdings: { cash: account, shares } }),
  });
  if (output !== undefined) await write(output, `${list.toCsv().trimEnd()}\n`, `${list.table.numRows()} orders`);
  const facts = { day: list.day, cash: list.cash, cashAfter: list.cashAfter, orders: list.table.objects() };
  await printView(options, (list as Viewable)[VIEW](), facts);
}

/** What is told beside the result: standard output stays the result alone. */
const tell = (text: string) => process.stderr.write(`${text}\n`);

async function write(file: string, text: string, what: string): Promise<void> {
  await writeFile(file, text);
  tell(`Wrote ${what} to ${file}`);
}

/** A name means a manager of the store; what ends in .yaml or .yml, a file. */
async function makeOrLoad(word: string, options: OnlineOptions): Promise<OnlineManager> {
  await import("../index.js");
  await useStore(options);
  const { OnlineManager } = await import("../online/online-manager.js");
  if (!/\.ya?ml$/.test(word) && !existsSync(word)) return OnlineManager.load(word);
  const { readManagerFile } = await import("../online/manager-file.js");
  return new OnlineManager(await readManagerFile(word));
}

async function printEntry(options: OnlineOptions, entry: JournalEntry): Promise<void> {
  const steps = Object.values(entry.strategies);
  const facts = {
    day: entry.day,
    state: entry.state,
    trained: steps.reduce((sum, { runs = [] }) => sum + runs.length, 0),
    online: steps.reduce((sum, { online = [] }) => sum + online.length, 0),
    "rows forecast": steps.flatMap(({ updates = [] }) => updates).reduce((sum, { rows }) => sum + rows, 0),
    "signals issued": entry.signals?.rows ?? 0,
  };
  await printView(options, { kind: "facts", title: `Routine of ${entry.day}`, facts }, entry);
}
