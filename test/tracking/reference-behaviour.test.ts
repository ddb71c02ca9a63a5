import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Store } from "../../src/store/store.js";
import { R } from "../../src/tracking/r.js";
import { temporaryFolder } from "../temporary-folder.js";

/** What the reference's own tests of its recorder rely on (spec/tracking.md §17). */
describe("as the reference's tests expect", () => {
  it("train in an explicit store, then analyse the finished run found there by experiment and id, also after leaving that store", async () => {
    R.setUri(temporaryFolder());
    const [before, uri] = [R.getUri(), `file:${temporaryFolder()}/runs`];
    const id = await R.start({ experimentName: "workflow", uri }, async (run) => {
      expect(R.getUri()).toBe(uri);
      run.logParams({ "model.class": "LGBModel", "model.kwargs.lr": 0.1 });
      await run.saveObjects({ trained_model: { weights: [1, 2] } });
      expect(path.isAbsolute(run.getLocalDir()) && existsSync(run.getLocalDir())).toBe(true);
      expect(String(R)).toBe("R(active: default_recorder)");
      return run.id;
    });
    expect(R.getUri()).toBe(before);
    const run = await R.withUri(uri, () => R.getRecorder({ experimentName: "workflow", recorderId: id }));
    await run.saveObjects({ "port_analysis_1day.pkl": { ok: true } }, { artifactPath: "portfolio_analysis" });
    expect(await run.loadObject("portfolio_analysis/port_analysis_1day.pkl")).toEqual({ ok: true });
    expect(await run.loadObject("trained_model")).toEqual({ weights: [1, 2] });
    expect(run.status).toBe("FINISHED");
  });

  it("an empty body, names left out, in a plain path under a dot-folder: found again without arguments", async () => {
    const uri = path.join(temporaryFolder(), ".hidden", "runs");
    await R.start({ uri }, () => {});
    const run = await R.withUri(uri, () => R.getRecorder());
    expect([run.name, run.status]).toEqual(["default_recorder", "FINISHED"]);
    expect(run.getLocalDir().startsWith(uri)).toBe(true);
  });

  it("opening a store is cheap enough not to be kept: ten in well under a tenth of a second", async () => {
    const folder = temporaryFolder();
    const began = performance.now();
    const stores = Array.from({ length: 10 }, () => Store.open(folder));
    expect(performance.now() - began).toBeLessThan(100);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("what is saved again on a finished run replaces what was there, and the next load sees it", async () => {
    R.setUri(temporaryFolder());
    const run = await R.start({}, async (each) => {
      await each.saveObjects({ "pred.pkl": { "2020-01-02": 1, "2020-01-03": 2 } });
      return each;
    });
    await run.saveObjects({ "pred.pkl": { "2020-01-02": 1, "2020-01-03": 3 } });
    expect(await run.loadObject("pred.pkl")).toEqual({ "2020-01-02": 1, "2020-01-03": 3 });
    expect(await run.listArtifacts()).toEqual(expect.arrayContaining(["pred"]));
    expect(run.status).toBe("FINISHED");
  });

  it("runs are listed by id too, and the active ones are told", async () => {
    R.setUri(temporaryFolder());
    expect([R.activeRecorder, R.activeExperiment]).toEqual([undefined, undefined]);
    const run = await R.start({ experimentName: "x" });
    expect([R.activeRecorder, R.activeExperiment?.name]).toEqual([run, "x"]);
    await R.endExp();
    expect(await R.listRecordersById({ experimentName: "x" })).toEqual(new Map([[run.id, run]]));
  });
});
