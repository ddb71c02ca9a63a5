import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { UploadQueue } from "./upload-queue.js";

const program = fileURLToPath(new URL("./upload-main.js", import.meta.url));

/** When a process ends: what it has not uploaded yet is uploaded by a small process of its own. */
export function startUploads(root: string, queue: UploadQueue): void {
  if (queue.due().length === 0 || !existsSync(program)) return;
  const child = spawn(process.execPath, [program, root], { detached: true, stdio: "ignore", windowsHide: true });
  child.on("error", () => {
    // No process can be had now; whoever opens the store next uploads.
  });
  child.unref();
}
