import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { RecorderCollector } from "../../src/collector/recorder-collector.js";
import { install } from "../../src/install.js";
import { R } from "../../src/tracking/r.js";
import { temporaryFolder } from "../temporary-folder.js";

install();
const folder = temporaryFolder();
const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "index.js");

/**
 * A process that saves a first version of everything, then a second one, and is killed right before or right after that one is
 * logged: the moments at which log and files say different things.
 */
const program = path.join(folder, "saving.mjs");
writeFileSync(
  program,
  `import { writeFileSync } from "node:fs";
   import path from "node:path";
   import { Panel, R } from ${JSON.stringify(dist)};
   const [, , store, moment, later] = process.argv;
   R.setUri(store);
   const run = await R.start({ experimentName: "killed" });
   const save = async (version) => {
     const instrument = ["A", "B"].slice(0, version);
     const pred = Panel.from({ datetime: instrument.map(() => "2024-01-02"), instrument, score: instrument.map(() => version) });
     const objects = { state: { version, text: "x".repeat(7 * version) }, pred: pred.toTable() };
     const note = path.join(store, "note.txt");
     writeFileSync(note, "version " + "+".repeat(version));
     await run.saveObjects(objects);
     await run.saveFiles(note);
   };
   await save(1);
   const { store: events } = run;
   const append = events.append.bind(events);
   let saves = 0;
   events.append = (event) => {
     const isIt = ["state", "note.txt"].includes([event].flat()[0].name) && ++saves === Number(later);
     if (isIt && moment === "before") process.kill(process.pid, "SIGKILL");
     const time = append(event);
     if (isIt) process.kill(process.pid, "SIGKILL");
     return time;
   };
   await save(2);
   process.stdout.write("done");`,
);

const hidden = (root: string) =>
  readdirSync(path.join(root, "artifacts"), { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.tmp$/.test(name),
  );

describe("a process that is killed while it saves a new version", () => {
  it.each([
    ["before", "a call with two objects", 1, [1, 1]],
    ["after", "a call with two objects", 1, [2, 1]],
    ["before", "a file", 2, [2, 1]],
    ["after", "a file", 2, [2, 2]],
  ] as const)(
    "right %s %s is logged leaves one version of each, whole and readable",
    async (moment, _, save, versions) => {
      const root = path.join(folder, `${moment}-${save}`);
      const { signal, stdout, stderr } = spawnSync(process.execPath, [program, root, moment, String(save)], {
        encoding: "utf8",
      });
      expect([signal, stdout], stderr).toEqual(["SIGKILL", ""]);
      expect(hidden(root).length).toBeGreaterThan(0);

      R.setUri(root);
      const [run] = await R.listRecorders({ experimentName: "killed" });
      const [objects, file] = versions;
      const collected = await new RecorderCollector({ experiment: "killed", status: null }).collect();
      expect(collected.getTable("pred", run!.id).numRows()).toBe(objects);
      expect(((await run!.loadObject("pred")) as { numRows(): number }).numRows()).toBe(objects);
      expect(await run!.loadObject("state")).toMatchObject({ version: objects });
      expect(new TextDecoder().decode((await run!.loadObject("note.txt")) as Uint8Array)).toBe(
        `version ${"+".repeat(file)}`,
      );
      expect((await R.store.doctor()).filter(({ kind }) => kind === "missing-artifact")).toEqual([]);
      if (moment === "after") expect(hidden(root)).toEqual([]);
      expect(existsSync(path.join(root, "note.txt"))).toBe(true);
    },
  );
});
