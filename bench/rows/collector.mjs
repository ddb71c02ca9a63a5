import { execFileSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { seconds, temporaryFolder } from "../timing.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const packageUrl = path.join(root, "dist", "index.js");
const [RUNS, DATES, INSTRUMENTS, STEP] = [200, 100, 500, 80];

/** 200 runs of 50,000 predictions (100 days × 500 instruments), each period 20 days into the next; by another process. */
function rollingRuns() {
  const folder = temporaryFolder();
  const code = `import { R, Panel } from ${JSON.stringify(packageUrl)};
    R.setUri(${JSON.stringify(folder)});
    const instruments = Array.from({ length: ${INSTRUMENTS} }, (_, i) => "SH" + (600000 + i));
    const offsets = Int32Array.from({ length: ${DATES + 1} }, (_, d) => d * ${INSTRUMENTS});
    const codes = Int32Array.from({ length: ${DATES * INSTRUMENTS} }, (_, row) => row % ${INSTRUMENTS});
    for (let n = 0; n < ${RUNS}; n++) {
      const run = await R.start({ experimentName: "rolling" });
      run.logParams({ model: "ridge", period: n });
      const dates = Float64Array.from({ length: ${DATES} }, (_, d) => (n * ${STEP} + d) * 86_400_000);
      const score = Float64Array.from(codes, (code, row) => Math.sin(n * 7919 + row * 31 + code));
      await run.saveObjects({ pred: new Panel({ dates, offsets, codes, instruments, columns: new Map([["score", score]]) }) });
      await R.endExp();
    }
    process.exit(0);`;
  execFileSync(process.execPath, ["--input-type=module", "-e", code], { stdio: "pipe", cwd: root });
  return folder;
}

export default [
  {
    name: "collector: collect 200 recorders × 50,000 predictions and roll them into one",
    unit: "s",
    target: 2.0,
    processes: 3,
    prepare: rollingRuns,
    async measure(folder) {
      const { R, RecorderCollector, rollingGroup } = await import("../../dist/index.js");
      R.setUri(folder);
      const collector = new RecorderCollector({
        experiment: "rolling",
        recKeyFunc: ({ params }) => [params.model, params.period],
        processList: rollingGroup(),
      });
      let rows = 0;
      const taken = await seconds(async () => {
        rows = (await collector.run()).getTable("pred", ["ridge"]).numRows();
      });
      const expected = ((RUNS - 1) * STEP + DATES) * INSTRUMENTS;
      if (rows !== expected) throw new Error(`${rows} rows, ${expected} expected`);
      return taken;
    },
  },
];
