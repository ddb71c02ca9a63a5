import type { ColumnTable } from "arquero";
import type { ComponentConfig } from "../config/component-config.js";
import type { MarketAddress } from "../dataset/market-address.js";
import { ConfigError, RecorderNotFoundError, nearest } from "../errors.js";
import { R } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";
import type { JournalEntry } from "./journal.js";
import type { Freeze } from "./merge-signals.js";
import { SignalHistory } from "./signal-history.js";

/** What a manager is, as plain data. */
export interface ManagerConfig {
  readonly name: string;
  readonly market: MarketAddress;
  /** `YYYY-MM-DD`. */
  readonly beginTime: string;
  readonly freeze: Freeze;
  readonly trainer: ComponentConfig;
  readonly strategies: readonly ComponentConfig[];
}

/** The name of a strategy that is kept as data. */
export const strategyName = ({ kwargs }: ComponentConfig): string => String(kwargs?.name);

/** The experiment that managers are kept in, a run each. */
export const MANAGERS_EXPERIMENT = "online managers";
const MANAGER_TAG = "online_manager";

/**
 * A manager's place in the store: a run whose artifacts are its configuration (`manager`), its journal (`journal`) and all
 * signals it ever issued (`signals`): JSON and Parquet, no code. Each is replaced as a whole, so that a reader never sees
 * half of one.
 */
export class ManagerStore {
  readonly run: Recorder;

  private constructor(run: Recorder) {
    this.run = run;
  }

  /** The newest of this name, or undefined. */
  static async find(name: string): Promise<ManagerStore | undefined> {
    const experiment = await R.getExp({ experimentName: MANAGERS_EXPERIMENT });
    for (const run of await experiment.listRecorders({ where: { tags: { [MANAGER_TAG]: name } } }))
      if (await run.hasArtifact("manager")) return new ManagerStore(run);
    return undefined;
  }

  /** @throws RecorderNotFoundError with the nearest name. */
  static async get(name: string): Promise<ManagerStore> {
    const found = await ManagerStore.find(name);
    if (found) return found;
    const names = await ManagerStore.names();
    const near = nearest(name, names);
    throw new RecorderNotFoundError(
      `Cannot find online manager "${name}" in ${R.getUri()}\n  there are: ${names.join(", ") || "none"}${near === undefined ? "" : `\n  did you mean "${near}"?`}`,
    );
  }

  /** Names of all managers, newest first. */
  static async names(): Promise<string[]> {
    const experiment = await R.getExp({ experimentName: MANAGERS_EXPERIMENT });
    return [...new Set(Array.from(await experiment.listRecorders(), ({ name }) => name))];
  }

  static async create(config: ManagerConfig): Promise<ManagerStore> {
    const experiment = await R.getExp({ experimentName: MANAGERS_EXPERIMENT });
    const run = await experiment.start({ recorderName: config.name });
    run.setTags({ [MANAGER_TAG]: config.name });
    await run.saveObjects({ journal: [], manager: config });
    await run.endRun("FINISHED");
    return new ManagerStore(run);
  }

  async config(): Promise<ManagerConfig> {
    const config = (await this.run.loadObject("manager")) as ManagerConfig;
    if (Array.isArray(config.strategies)) return config;
    throw new ConfigError(`Cannot load online manager "${this.run.name}": its configuration has no strategies`);
  }

  async saveConfig(config: ManagerConfig): Promise<void> {
    await this.run.saveObjects({ manager: config });
  }

  async journal(): Promise<JournalEntry[]> {
    return (await this.run.loadObject("journal")) as JournalEntry[];
  }

  async saveJournal(journal: readonly JournalEntry[]): Promise<void> {
    await this.run.saveObjects({ journal });
  }

  async signals(): Promise<SignalHistory> {
    if (!(await this.run.hasArtifact("signals"))) return new SignalHistory();
    return SignalHistory.from((await this.run.loadObject("signals")) as ColumnTable);
  }

  async saveSignals(history: SignalHistory): Promise<void> {
    await this.run.saveObjects({ signals: history.all() });
  }
}
