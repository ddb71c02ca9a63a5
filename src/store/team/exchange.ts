import { existsSync } from "node:fs";
import { Leader } from "./leader.js";
import { PostgresEventLog } from "./postgres-event-log.js";
import { storeId } from "./team-state.js";
import { TeamSync } from "./team-sync.js";

/** How it goes. */
export type TeamNews =
  /** This store has what the others have shared. */
  | { readonly kind: "in-step" }
  /** Another of the store's processes sees to it. */
  | { readonly kind: "other" }
  | { readonly kind: "away"; readonly message: string };

export interface ExchangeOptions {
  readonly root: string;
  readonly address: string;
  readonly tell: (news: TeamNews) => void;
  /** Ends it, after what was logged so far has been added when the server is there. */
  readonly signal: AbortSignal;
  /** Ends by itself once everything is added, or when the server has been away for so long. */
  readonly untilShippedMs?: number;
}

/** Own logs are looked at so often; a statement of a few files' sizes. */
const LOOK_MS = 100;
const OTHER_MS = 500;
/** The server is asked at least so often, should its word of news get lost. */
const ASK_MS = 2_000;
const LONGEST_AWAY_MS = 5_000;

/** Ships and takes until it is told to end, over as many connections as that needs. */
export async function exchange(options: ExchangeOptions): Promise<void> {
  const { root, address, tell, signal, untilShippedMs } = options;
  const leader = new Leader(root);
  const began = Date.now();
  const isOver = () =>
    signal.aborted || (untilShippedMs !== undefined && (Date.now() - began > untilShippedMs || !existsSync(root)));
  try {
    for (let [wait, others] = [200, 0]; !isOver();) {
      try {
        const log = leader.claim() ? await PostgresEventLog.open(address, storeId(root)) : undefined;
        if (log) {
          [wait, others] = [200, 0];
          if (await connected(log, leader, options)) return;
          continue;
        }
        leader.leave();
        // One that only ships what a process has left is gone at the second look.
        if (++others > 1) tell({ kind: "other" });
        if (untilShippedMs !== undefined && Leader.isElsewhere(root)) return;
        await pause(OTHER_MS, signal);
      } catch (error) {
        tell({ kind: "away", message: error instanceof Error ? error.message : String(error) });
        leader.claim();
        await pause(wait, signal);
        wait = Math.min(wait * 2, LONGEST_AWAY_MS);
      }
    }
  } finally {
    leader.leave();
  }
}

/** @returns Whether everything is done; a lost connection is an error. */
async function connected(log: PostgresEventLog, leader: Leader, options: ExchangeOptions): Promise<boolean> {
  const { root, tell, signal, untilShippedMs } = options;
  let [wake, isLost, hasNews, asked]: [() => void, boolean, boolean, number] = [() => {}, false, true, 0];
  log.watch(
    () => {
      hasNews = true;
      wake();
    },
    () => {
      isLost = true;
      wake();
    },
  );
  const sync = new TeamSync(root, log);
  const stop = () => wake();
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      // Looked at first: what was logged before it was set is shipped below.
      const isLast = signal.aborted;
      leader.claim();
      if (!existsSync(root)) return false;
      const bytes = await sync.ship();
      if (isLost) throw new Error("Connection terminated");
      if (isLast || (untilShippedMs !== undefined && bytes === 0)) {
        sync.save();
        return true;
      }
      if (hasNews || Date.now() - asked > ASK_MS) {
        hasNews = false;
        asked = Date.now();
        await sync.receive();
        tell({ kind: "in-step" });
      }
      sync.settle();
      if (!hasNews && bytes === 0)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          if (signal.aborted || isLost) wake();
        });
    }
  } catch (error) {
    throw log.explain(error);
  } finally {
    signal.removeEventListener("abort", stop);
    await log.close();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}
