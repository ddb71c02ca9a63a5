// npm run notebooks: runs every notebook in place, each on an empty store, so that its outputs can be committed.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.dirname(fileURLToPath(import.meta.url));
const cli = path.join(folder, "..", "dist", "cli", "main.js");
for (const name of readdirSync(folder)
  .filter((file) => file.endsWith(".ipynb"))
  .sort()) {
  const store = mkdtempSync(path.join(os.tmpdir(), "alphabook-render-"));
  const file = path.join(folder, name);
  try {
    execFileSync(process.execPath, [cli, "notebook", "run", file, "-o", file], {
      stdio: "inherit",
      env: { ...process.env, ALPHABOOK_STORE: store },
    });
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}
