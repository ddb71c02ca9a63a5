import path from "node:path";
import { freqKey } from "../calendar/frequency.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { WorkflowError } from "../errors.js";
import { describeBarFile } from "./files/bar-file.js";
import { findBarFiles, isQlibStore } from "./files/find-bar-files.js";
import { HealthReport, type HealthFinding } from "./health-report.js";
import { OPEN_MARKET_OPTIONS, openMarket, type OpenMarketOptions } from "./open-market.js";
import { isSyntheticAddress } from "./synthetic/synthetic-options.js";

/**
 * Looks for faults at an address, those included for which {@link openMarket} would refuse it: each file that cannot be read is a
 * finding that names file, column and first rows; when all can be read, the market's own `healthCheck()`.
 *
 * @example
 * (await checkMarket("synthetic://?instruments=5&days=30")).isHealthy // -> true
 */
export async function checkMarket(address: string, options: OpenMarketOptions = {}): Promise<HealthReport> {
  refuseUnknownOptions(`Cannot check market "${address}"`, options, OPEN_MARKET_OPTIONS);
  const name = isSyntheticAddress(address) ? address : path.parse(path.resolve(address)).name;
  const unreadable = await unreadableFiles(address, options);
  if (unreadable.length) return new HealthReport(name, 0, unreadable);
  try {
    return await (await openMarket(address, options)).healthCheck();
  } catch (error) {
    return new HealthReport(name, 0, [findingOf(error)]);
  }
}

/** Every file whose columns, dates or numbers are wrong, not just the first. */
async function unreadableFiles(address: string, options: OpenMarketOptions): Promise<HealthFinding[]> {
  if (isSyntheticAddress(address) || (await isQlibStore(address))) return [];
  if (options.freq !== undefined) freqKey(options.freq);
  try {
    const { tables } = await findBarFiles(address, options);
    const described = await Promise.allSettled(tables.map((table) => describeBarFile(table, options)));
    return described.flatMap((result, i) =>
      result.status === "rejected" ? [findingOf(result.reason, tables[i]!.file)] : [],
    );
  } catch (error) {
    return [findingOf(error)];
  }
}

/** A refusal as a finding. @throws what is no refusal of ours. */
function findingOf(error: unknown, file?: string): HealthFinding {
  if (!(error instanceof WorkflowError)) throw error;
  const [first = "", ...more] = error.message.split("\n").map((line) => line.trim());
  const column = /column "([^"]+)" holds/.exec(first)?.[1];
  return {
    check: first.replace(/^Cannot [^:]*: /, ""),
    field: column ?? "",
    count: 1,
    severity: "error",
    examples: more,
    files: file === undefined ? [] : [path.basename(file)],
  };
}
