import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect } from "vitest";
import { itWith, sharedPath } from "./shared.js";
import { temporaryFolder } from "./temporary-folder.js";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const bin = path.join(process.env.ALPHABOOK_VENV ?? path.join(root, ".venv"), "bin");
const check = sharedPath("harness", "jupyterlab-check", "check.mjs");
const chromium = (process.env.PATH ?? "")
  .split(path.delimiter)
  .some((folder) => existsSync(path.join(folder, "chromium")));
const home = temporaryFolder("lab");
const env = {
  ...process.env,
  ALPHABOOK_STORE: path.join(home, "store"),
  JUPYTER_PATH: path.join(home, "share", "jupyter"),
};
const FIGURES = 7;

const itLab = itWith(
  "chromium",
  chromium && existsSync(path.join(bin, "jupyter-lab")) && existsSync(check),
  "apt-get install chromium; python3 -m venv .venv; .venv/bin/pip install jupyterlab",
);
const itJupyter = itWith(
  "jupyter",
  existsSync(path.join(bin, "jupyter-nbconvert")),
  "python3 -m venv .venv; .venv/bin/pip install nbconvert",
);

describe("the first hour for Jupyter's own readers", () => {
  beforeAll(() => {
    execFileSync(process.execPath, [path.join(root, "dist", "cli", "main.js"), "kernel", "install", "--prefix", home], {
      stdio: "pipe",
    });
  });

  itLab(
    "JupyterLab in Chromium draws every figure with Vega, without an error in a cell or in the browser",
    () => {
      const told = execFileSync(
        process.execPath,
        [
          check,
          path.join(root, "notebooks", "01-first-hour.ipynb"),
          "--kernel",
          "alphabook",
          "--venv",
          path.dirname(bin),
          "--root",
          root,
          "--charts",
          String(FIGURES),
          "--require",
        ],
        {
          cwd: root,
          env,
          encoding: "utf8",
        },
      );
      expect(told).toContain(`ok: 01-first-hour.ipynb, 14 code cells`);
      expect(told).toContain(`${FIGURES} Vega charts drawn, 0 error outputs`);
    },
    180_000,
  );

  itJupyter(
    "nbconvert shows the committed notebook's figures as pictures of their right size, and its tables",
    () => {
      const page = path.join(home, "page.html");
      execFileSync(
        path.join(bin, "jupyter-nbconvert"),
        ["--to", "html", path.join(root, "notebooks", "01-first-hour.ipynb"), "--output", page],
        { stdio: "pipe", env },
      );
      const html = readFileSync(page, "utf8");
      const pictures = [...html.matchAll(/<img[^>]*src="data:image\/png;base64,[^>]*>/g)].map((match) => match[0]);
      expect(pictures.length).toBe(FIGURES);
      for (const picture of pictures) expect(picture.replace(/base64,[^"]*/, "")).toMatch(/(width|height)="?\d{3}/);
      expect(html).toContain('class="dataframe"');
    },
    60_000,
  );
});
