import { LiveView } from "../display/live-view.js";
import { VIEW, type Viewable } from "../panel/view.js";
import type { PoolState } from "../pool/pool-state.js";
import { FINAL_STATUSES, type TaskFilter } from "../pool/pool-task.js";
import type { TaskPool } from "../pool/task-pool.js";
import { progressText } from "../pool/wait-for-tasks.js";

export interface PoolWatchOptions {
  /** Which tasks; default all. */
  readonly filter?: TaskFilter;
  /** Seconds between two looks; at least 0.1. Default 0.5 on files, 2 on a server. */
  readonly every?: number;
}

/** What `TaskPool.watch` does: counts and tasks, brought up to date until all have ended. */
export function watchPool(pool: TaskPool, options: PoolWatchOptions = {}): LiveView<PoolState> {
  const { filter = {}, every = pool.engine === "files" ? 0.5 : 2 } = options;
  const look = async () => {
    const state = await pool.state(filter);
    const { stats, tasks } = state;
    const ended = FINAL_STATUSES.reduce((count, status) => count + stats[status], 0);
    const line = `pool ${pool.name} · ${progressText(stats)}`;
    return { value: state, view: (state as unknown as Viewable)[VIEW](), line, isOver: tasks.length > 0 && ended === tasks.length };
  };
  return new LiveView(look, { what: `task pool ${pool.name}`, every, holdsProcess: true });
}
