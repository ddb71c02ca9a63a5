// npm run notebooks: runs every notebook, each on an empty store, so that its outputs can be committed. They are put in place at the end:
// runs record what is not committed, and one notebook's outputs must not stand in the next one's.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.dirname(fileURLToPath(import.meta.url));
const cli = path.join(folder, "..", "dist", "cli", "main.js");
const rendered = mkdtempSync(path.join(os.tmpdir(), "alphabook-rendered-"));
for (const name of readdirSync(folder)
  .filter((file) => file.endsWith(".ipynb"))
  .sort()) {
  const store = mkdtempSync(path.join(os.tmpdir(), "alphabook-render-"));
  const file = path.join(folder, name);
  try {
    execFileSync(process.execPath, [cli, "notebook", "run", file, "-o", path.join(rendered, name)], {
      stdio: "inherit",
      env: { ...process.env, ALPHABOOK_STORE: store },
    });
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}
for (const name of readdirSync(rendered)) copyFileSync(path.join(rendered, name), path.join(folder, name));
rmSync(rendered, { recursive: true });
