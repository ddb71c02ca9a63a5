import type { Change } from "../pool-engine.js";
import type { Found } from "./pool-folder.js";
import type { TaskFiles } from "./task-files.js";
import { NO_NOTE } from "./task-note.js";
import { finishRemoval } from "./unfinished-moves.js";

/** What a user does to one task. @returns False when it has moved in the meantime. */
export function changeTask(files: TaskFiles, found: Found, change: Change): boolean {
  const { token: _given, ...state } = found.state;
  const fresh = { ...state, attempts: 0, available: 0 };
  switch (change.kind) {
    case "prioritize":
      return files.settle(found, found.status, { ...found.state, priority: change.priority });
    case "cancel":
      return files.settle(found, "cancelled", state);
    case "retry": {
      const { result } = files.notes.read(state.note);
      // Without what the first step gave, it is begun anew.
      if (state.from === "waiting" || result === undefined)
        return files.settle(found, "waiting", { ...fresh, from: "waiting", note: NO_NOTE });
      return files.settle(found, "part_done", fresh, { result });
    }
    case "reset":
      if (found.status === "running") return files.settle(found, state.from, fresh);
      return files.settle(found, "waiting", { ...fresh, from: "waiting", note: NO_NOTE });
    case "remove":
      if (!files.folder.move(`${found.status}/${found.name}`, `removing/${found.name}`)) return false;
      finishRemoval(files, found.name);
      return true;
  }
}
