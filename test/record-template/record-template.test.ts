import type { ColumnTable } from "arquero";
import { beforeAll, describe, expect, it } from "vitest";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import { DataError, InvalidArgumentError, MissingArtifactError } from "../../src/errors.js";
import type { Model } from "../../src/model/model.js";
import { Panel } from "../../src/panel/panel.js";
import { VIEW } from "../../src/panel/view.js";
import { RecordResult } from "../../src/record-template/record-result.js";
import { RecordTemp, type RecordClass } from "../../src/record-template/record-temp.js";
import { SigAnaRecord } from "../../src/record-template/sig-ana-record.js";
import { SignalRecord } from "../../src/record-template/signal-record.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { R } from "../../src/tracking/r.js";
import { FOUR_DATES, formulaTables } from "../analysis/vectors.js";
import { fittedOn, ownStore } from "./small-run.js";

ownStore();
const ADDRESS = "synthetic://?instruments=40&days=300&seed=2&start=2020-01-02";
let trained: Awaited<ReturnType<typeof fittedOn>>;
beforeAll(async () => {
  trained = await fittedOn(ADDRESS);
});

/** A run of its own for each test, ended whatever happens. */
const inRun = <T>(body: (recorder: Recorder) => Promise<T>): Promise<T> => R.start({ experimentName: "records" }, body);
const saved = async (
  recorder: Recorder,
  pred: Panel | Record<string, ArrayLike<unknown>>,
  label: Panel | Record<string, ArrayLike<unknown>> | null,
) => recorder.saveObjects({ pred: Panel.from(pred), label: label && Panel.from(label) });

describe("SignalRecord", () => {
  it("writes prediction, raw label, dataset and what makes the run a trial", () =>
    inRun(async (recorder) => {
      const { model, dataset } = trained;
      const result = await new SignalRecord({ recorder, model, dataset }).generate();
      expect(result).toMatchObject({ status: "generated", artifacts: ["pred", "label", "dataset"] });

      const pred = Panel.from((await recorder.loadObject("pred")) as ColumnTable);
      const label = Panel.from((await recorder.loadObject("label")) as ColumnTable);
      const raw = await dataset.prepare("test", { colSet: "label", dataKey: "raw" });
      expect(pred.columnNames).toEqual(["score"]);
      expect([...label.get("LABEL0")]).toEqual([...raw.get("LABEL0")]);
      expect([...pred.dates]).toEqual([...raw.dates]);

      const artifact = (await recorder.loadObject("dataset")) as ReturnType<DatasetH["config"]> & {
        leakCheck: { ok: boolean };
        data: string;
      };
      expect(artifact.leakCheck).toEqual(await dataset.leakCheck());
      expect(artifact.leakCheck.ok).toBe(true);
      const again = new DatasetH(artifact.kwargs as never);
      expect([...(await again.prepare("test")).get("MOM5")]).toEqual([...(await dataset.prepare("test")).get("MOM5")]);

      const tags = await recorder.listTags();
      const market = await dataset.handler.market();
      expect(tags).toMatchObject({
        label: "Ref($close, -2)/Ref($close, -1) - 1",
        universe: "all",
        data: await market.fingerprint(),
      });
      expect(tags.test).toBe(
        [pred.dates[0]!, pred.dates.at(-1)!].map((ms) => new Date(ms).toISOString().slice(0, 10)).join("/"),
      );
      expect(tags.features).toMatch(/^[0-9a-f]{16}$/);
    }));

  it("shows the first rows", () =>
    inRun(async (recorder) => {
      const view = (await new SignalRecord({ recorder, ...trained }).generate())[VIEW]();
      expect(view.title).toBe("Prediction of LinearModel");
      expect((view.table as ColumnTable).numRows()).toBe(5);
    }));

  it("a column of another name becomes score; of several one must be", () =>
    inRun(async (recorder) => {
      const { dataset } = trained;
      const asking = (rename: (panel: Panel) => Panel): Model => ({
        fit: async () => {},
        toText: () => "",
        predict: async (data) => rename(await trained.model.predict(data)),
      });
      await new SignalRecord({
        recorder,
        dataset,
        model: asking((panel) => panel.rename({ score: "yhat" })),
      }).generate();
      expect(((await recorder.loadObject("pred")) as ColumnTable).columnNames()).toEqual([
        "datetime",
        "instrument",
        "score",
      ]);
      const two = asking((panel) => panel.select([]).assign({ a: panel.get("score"), b: panel.get("score") }));
      await expect(new SignalRecord({ recorder, dataset, model: two }).generate()).rejects.toThrow(
        'no column "score" among a, b',
      );
    }));

  it("without raw data the label is null, and the analysis says why", () =>
    inRun(async (recorder) => {
      const dropped = await fittedOn(ADDRESS, { dropRaw: true });
      const result = await new SignalRecord({ recorder, ...dropped }).generate();
      expect(result.notes).toContain(
        "the label is empty: the handler dropped its raw data, so that the signal cannot be analysed",
      );
      expect(await recorder.loadObject("label")).toBeNull();
      await expect(new SigAnaRecord({ recorder }).generate()).rejects.toThrow(DataError);
      await expect(new SigAnaRecord({ recorder }).generate()).rejects.toThrow(
        "its label is empty, the handler dropped its raw data",
      );
      expect((await new SigAnaRecord({ recorder, lenient: true }).generate()).status).toBe("empty");
      const { label } = { label: await trained.dataset.prepare("test", { colSet: "label", dataKey: "raw" }) };
      expect((await new SigAnaRecord({ recorder }).generate({ label })).status).toBe("generated");
    }));
});

describe("SigAnaRecord", () => {
  it("logs the reference's metrics under their exact names and writes its tables", () =>
    inRun(async (recorder) => {
      await saved(recorder, FOUR_DATES.select(["score"]), FOUR_DATES.select(["label"]));
      const result = await new SigAnaRecord({ recorder }).generate();
      const metrics = await recorder.listMetrics();
      const expected = {
        IC: 0.45316499827,
        ICIR: 0.51884252924,
        "Rank IC": 0.44112091084,
        "Rank ICIR": 0.48919354852,
        nDates: 3,
        "IC t-stat": 0.51884252924 * Math.sqrt(3),
        "Rank IC t-stat": 0.48919354852 * Math.sqrt(3),
      };
      expect(Object.keys(metrics).sort()).toEqual(Object.keys(expected).sort());
      for (const [key, value] of Object.entries(expected)) expect(metrics[key], key).toBeCloseTo(value, 9);
      expect(result.metrics).toEqual(metrics);
      expect(result.artifacts).toEqual(["sig_analysis/ic", "sig_analysis/ric", "sig_analysis/facts"]);
      expect(((await recorder.loadObject("sig_analysis/ic")) as ColumnTable).columnNames()).toEqual(["datetime", "ic"]);
      expect(((await recorder.loadObject("sig_analysis/ric.pkl")) as ColumnTable).columnNames()).toEqual([
        "datetime",
        "rankIc",
      ]);
      expect(result.notes).toEqual([
        "1 of 4 dates have no IC (fewer than two pairs, equal scores, or ±∞)",
        "2 of 20 rows lack a score or a label",
        "37 % of the scores are tied within their date; long and short sets take ties in instrument order",
      ]);
    }));

  it("with anaLongShort logs returns and Sharpe ratios too", () =>
    inRun(async (recorder) => {
      const { pred, label } = formulaTables();
      await saved(
        recorder,
        { ...pred, score: pred.score.map((score, row) => (row === 0 ? NaN : score)) },
        Object.fromEntries(
          Object.entries({ ...label, LABEL0: label.LABEL0.map((value, row) => (row === 3 ? NaN : value)) }).map(
            ([name, column]) => [name, column.slice(0, -1)],
          ),
        ),
      );
      const { metrics, artifacts } = await new SigAnaRecord({ recorder, anaLongShort: true }).generate();
      const expected = {
        "Long-Short Ann Return": 1.68,
        "Long-Short Ann Sharpe": 7.6861513826441845,
        "Long-Avg Ann Return": -0.168,
        "Long-Avg Ann Sharpe": -6.604194471348083,
      };
      for (const [key, value] of Object.entries(expected)) expect(metrics[key], key).toBeCloseTo(value, 12);
      expect(artifacts).toEqual([
        "sig_analysis/ic",
        "sig_analysis/ric",
        "sig_analysis/long_short_r",
        "sig_analysis/long_avg_r",
        "sig_analysis/facts",
      ]);
      const yearly = await new SigAnaRecord({ recorder, anaLongShort: true, annScaler: 1 }).generate();
      expect(yearly.metrics["Long-Short Ann Return"]).toBeCloseTo(0.006666666666666667, 14);
    }));

  it("takes another column of the label", () =>
    inRun(async (recorder) => {
      const { pred, label } = formulaTables();
      await saved(recorder, pred, { ...label, LABEL0: label.LABEL0.map(() => NaN), LABEL1: label.LABEL0 });
      expect((await new SigAnaRecord({ recorder, labelCol: 1 }).generate()).metrics.IC).toBeCloseTo(
        0.03512438547509771,
        12,
      );
    }));

  it("a NaN metric is kept, and the result says why", () =>
    inRun(async (recorder) => {
      await saved(
        recorder,
        { datetime: ["2020-01-02", "2020-01-02"], instrument: ["A", "B"], score: [1, 2] },
        { datetime: ["2020-01-02", "2020-01-02"], instrument: ["A", "B"], LABEL0: [0.1, 0.2] },
      );
      const { notes } = await new SigAnaRecord({ recorder }).generate();
      expect(await recorder.listMetrics()).toMatchObject({ IC: 1, ICIR: NaN, nDates: 1 });
      expect(notes).toEqual(["ICIR, Rank ICIR, IC t-stat, Rank IC t-stat are NaN: only one date has an IC"]);
    }));

  it("names all that is missing and which record makes it", () =>
    inRun(async (recorder) => {
      const error = await new SigAnaRecord({ recorder }).generate().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(MissingArtifactError);
      expect((error as MissingArtifactError).paths).toEqual(["pred", "label"]);
      expect((error as MissingArtifactError).message).toBe(
        "Cannot generate SigAnaRecord: 2 artifacts are missing\n  pred, label: made by SignalRecord\n    await new SignalRecord({ recorder, model, dataset }).generate()",
      );
      expect((await new SigAnaRecord({ recorder, lenient: true }).generate()).status).toBe("skipped-missing");
      expect(await recorder.listMetrics()).toEqual({});
    }));

  it("skipExisting computes nothing when its own artifacts are there, by its options", () =>
    inRun(async (recorder) => {
      await saved(recorder, FOUR_DATES.select(["score"]), FOUR_DATES.select(["label"]));
      await new SigAnaRecord({ recorder }).generate();
      const again = await new SigAnaRecord({ recorder, skipExisting: true }).generate();
      expect([again.status, again.metrics.nDates]).toEqual(["skipped-existing", 3]);
      expect((await new SigAnaRecord({ recorder, skipExisting: true, anaLongShort: true }).generate()).status).toBe(
        "generated",
      );
    }));

  it("shows the signal report of its run", () =>
    inRun(async (recorder) => {
      await saved(recorder, FOUR_DATES.select(["score"]), FOUR_DATES.select(["label"]));
      const result = await new SigAnaRecord({ recorder }).generate();
      expect(result[VIEW]()).toMatchObject({
        kind: "signal-report",
        ref: recorder,
        facts: result.metrics,
        notes: result.notes,
      });
      expect(String(result)).toBe("Signal analysis: generated, sig_analysis/ic, sig_analysis/ric, sig_analysis/facts");
    }));

  it("refuses a scaler that is no number of periods", () => {
    expect(() => new SigAnaRecord({ recorder: undefined, annScaler: 0 })).toThrow(InvalidArgumentError);
    expect(() => new SigAnaRecord({ recorder: undefined }).recorder).toThrow(
      "Cannot use SigAnaRecord: it has no recorder",
    );
  });
});

describe("a template of one's own", () => {
  class HalfRecord extends RecordTemp {
    static override readonly artifactPath = "half";
    static override readonly dependCls: RecordClass = SigAnaRecord;
    static override readonly artifacts = ["half"];
    static override readonly usage = "await new HalfRecord({ recorder }).generate()";
    async generate(): Promise<RecordResult> {
      const ic = (await this.load("ic")) as ColumnTable;
      await this.save({ half: ic.numRows() / 2 });
      return new RecordResult({ status: "generated", recorder: this.recorder, view: { kind: "facts" } });
    }
  }

  it("reads from its folder first, then from those it depends on; a failed check changes nothing", () =>
    inRun(async (recorder) => {
      const half = new HalfRecord({ recorder });
      await expect(half.check({ includeSelf: true })).rejects.toThrow(
        /5 artifacts are missing\n {2}half\/half: made by HalfRecord\n.*\n {2}sig_analysis\/ic, sig_analysis\/ric: made by SigAnaRecord\n.*\n {2}pred, label: made by SignalRecord/,
      );
      await expect(half.load("ic")).rejects.toThrow("looked for: half/ic, sig_analysis/ic, ic");
      await saved(recorder, FOUR_DATES.select(["score"]), FOUR_DATES.select(["label"]));
      await new SigAnaRecord({ recorder }).generate();
      await half.generate();
      await half.check({ includeSelf: true });
      expect(await half.load("half")).toBe(2);
      expect(((await half.load("pred")) as ColumnTable).numRows()).toBe(20);
      await half.save({ pred: "mine" });
      expect([await half.load("pred"), half.getPath(), half.getPath("x")]).toEqual(["mine", "half", "half/x"]);
      await expect(half.load("ric", { parents: false })).rejects.toThrow(MissingArtifactError);
    }));
});
