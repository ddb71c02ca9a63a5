import { describe, expect, it } from "vitest";
import { showExperiment } from "../../src/display/experiment-display.js";
import { R } from "../../src/tracking/r.js";
import { temporaryFolder } from "../temporary-folder.js";

R.setUri(temporaryFolder());

describe("an experiment on the screen", () => {
  it("shows its runs with their metrics, newest first", async () => {
    for (const [recorderName, ic] of [
      ["a <b>", 0.25],
      ["c", 0.5],
    ] as const)
      await R.start({ experimentName: "shown", recorderName }, (run) => run.logMetrics({ IC: ic }));
    const { data } = await showExperiment(await R.getExp({ experimentName: "shown" }));
    expect(data["text/plain"]).toMatch(
      /shown[^]*m\.IC[^]*0 +c +FINISHED[^]*0\.5[^]*1 +a <b> +FINISHED[^]*Newest run first/,
    );
    expect(data["text/html"]).toContain("a &#60;b&#62;");
  });

  it("of many runs shows the newest twenty and says so; of none that there are none", async () => {
    for (let i = 0; i < 22; i++) await R.start({ experimentName: "many", recorderName: `run ${i}` }, () => {});
    const { data } = await showExperiment(await R.getExp({ experimentName: "many" }));
    expect(data["text/plain"]).toMatch(/run 21[^]*run 2 [^]*The newest 20 runs; all: await R\.listRecorders/);
    expect(data["text/plain"]).not.toMatch(/run 1 /);
    const none = await showExperiment(await R.createExp({ experimentName: "none" }));
    expect(none.data["text/plain"]).toMatch(/No runs yet/);
  });
});
