import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ColumnTable } from "arquero";
import { parse } from "yaml";
import { afterEach, describe, expect, it } from "vitest";
import { setDefaultMarket } from "../../src/data/default-market.js";
import { Alpha158 } from "../../src/dataset/alpha158.js";
import { InvalidArgumentError, MissingArtifactError, UnknownNameError } from "../../src/errors.js";
import { viewBundle } from "../../src/display/view-bundle.js";
import { install } from "../../src/install.js";
import { LGBModel } from "../../src/model/lgb-model.js";
import { VIEW } from "../../src/panel/view.js";
import type { Task } from "../../src/task/task.js";
import { R } from "../../src/tracking/r.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { taskTrain } from "../../src/trainer/task-train.js";
import { init } from "../../src/workflow/init.js";
import { planWorkflow, runWorkflow } from "../../src/workflow/run-workflow.js";
import { workflowFromRun } from "../../src/workflow/workflow-from-run.js";
import { itData, sharedPath } from "../shared.js";
import { temporaryFolder } from "../temporary-folder.js";
import { changed, GBDT_TEXT, LINEAR_TEXT, WORKFLOW_TEXT } from "./workflow-text.js";

install();
R.setUri(temporaryFolder());
const folder = temporaryFolder("workflow");
afterEach(() => setDefaultMarket(undefined));

function saved(text: string, name = "workflow.yaml"): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const numbersOf = (run: Recorder) => Object.entries(run.metrics).filter(([key]) => !key.startsWith("source"));

describe("a workflow file of Qlib's", () => {
  it("leaves all that it leaves there: params, metrics, artifacts", async () => {
    const run = await runWorkflow(saved(WORKFLOW_TEXT));
    expect([run.status, run.info.experimentName]).toEqual(["FINISHED", "workflow"]);
    const params = await run.listParams();
    expect(Object.keys(params)).toEqual([
      "dataset.class",
      ...["class", "kwargs.end_time", "kwargs.fit_end_time", "kwargs.fit_start_time", "kwargs.infer_processors"].map(
        inHandler,
      ),
      ...["kwargs.instruments", "kwargs.label", "kwargs.learn_processors", "kwargs.start_time", "module_path"].map(
        inHandler,
      ),
      ...["test", "train", "valid"].map((segment) => `dataset.kwargs.segments.${segment}`),
      "dataset.module_path",
      ...["model.class", "model.kwargs.alpha", "model.kwargs.estimator", "model.module_path", "record"],
    ]);
    expect(params[inHandler("kwargs.start_time")]).toBe("2015-01-01");
    expect(params["dataset.kwargs.segments.valid"]).toEqual(["2016-01-01", "2016-03-31"]);
    const excess = ["without_cost", "with_cost"].flatMap((kind) =>
      ["mean", "std", "annualized_return", "information_ratio", "max_drawdown"].map(
        (each) => `1day.excess_return_${kind}.${each}`,
      ),
    );
    expect(Object.keys(run.metrics)).toEqual(
      expect.arrayContaining(["IC", "ICIR", "Rank IC", "Rank ICIR", ...excess, "1day.ffr", "1day.pa", "1day.pos"]),
    );
    const artifacts = await run.listArtifacts("", { recursive: true });
    expect(artifacts).toEqual(
      expect.arrayContaining([
        ...["task", "params", "dataset", "pred", "label", "config"],
        ...["sig_analysis/ic", "sig_analysis/ric"],
        ...["report_normal_1day", "positions_normal_1day", "indicators_normal_1day", "indicators_normal_1day_obj"].map(
          inPortfolio,
        ),
        ...["port_analysis_1day", "indicator_analysis_1day"].map(inPortfolio),
      ]),
    );
    expect(await run.loadObject("config")).toEqual(parse(WORKFLOW_TEXT));
    expect([await run.loadObject("config_raw"), await run.loadObject("config_rendered")]).toEqual([
      WORKFLOW_TEXT,
      WORKFLOW_TEXT,
    ]);
    expect((await run.loadObject("task")) as object).toMatchObject({
      record: [{ kwargs: { model: "<MODEL>", dataset: "<DATASET>" } }, {}, {}],
    });
    expect((await run.listTags()).hostname).toBe(os.hostname());
    const pred = (await run.loadObject("pred")) as ColumnTable;
    expect(pred.columnNames()).toEqual(["datetime", "instrument", "score"]);
  });

  it("keeps the boosting rounds of a GBDT as metrics", async () => {
    const text = changed(LINEAR_TEXT, GBDT_TEXT, changed(/ {4}infer_processors:[\s\S]*? {4}label/, "    label"));
    const run = await runWorkflow(saved(text), {
      overrides: ["task.model.kwargs.num_boost_round=12", "task.model.kwargs.lambda_l1=0"],
    });
    const model = (await run.loadObject("params")) as LGBModel;
    expect(model).toBeInstanceOf(LGBModel);
    const rows = (await R.metricHistory([run], ["l2.train", "l2.valid"])).toTable().objects() as {
      metric: string;
      step: number;
    }[];
    const steps = (wanted: string) => rows.filter(({ metric }) => metric === wanted).map(({ step }) => step);
    expect(steps("l2.train")).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(steps("l2.valid")).toHaveLength(12);
    expect((await run.listParams())["model.kwargs.lambda_l2"]).toBe(580.9768);
  });

  const real = (text: string) =>
    runWorkflow(saved(text), {
      overrides: {
        "qlib_init.provider_uri": sharedPath("data"),
        market: "us_stocks_daily",
        benchmark: "SPY",
        "data_handler_config.start_time": "2015-06-01",
        "data_handler_config.end_time": "2016-07-01",
        "data_handler_config.fit_start_time": "2015-06-01",
        "task.dataset.kwargs.segments.train": ["2015-06-01", "2015-12-31"],
        "port_analysis_config.strategy.kwargs.topk": 50,
        "port_analysis_config.strategy.kwargs.n_drop": 5,
      },
    });

  itData(
    "runs on real prices: linear",
    async () => {
      const run = await real(WORKFLOW_TEXT);
      expect((await run.loadObject("portfolio_analysis/facts")) as object).toMatchObject({
        benchmark: "SPY",
        strategy: { topk: 50, nDrop: 5 },
      });
      expect(((await run.loadObject("pred")) as ColumnTable).numRows()).toBeGreaterThan(500 * 60);
      expect((await run.listTags()).universe).toBe("us_stocks_daily");
    },
    120_000,
  );

  itData(
    "runs on real prices: GBDT",
    async () => {
      const text = changed(LINEAR_TEXT, `${GBDT_TEXT}            num_boost_round: 5\n`);
      const run = await real(text);
      expect(run.metrics["l2.valid"]).toBeGreaterThan(0);
      expect(Math.abs(run.metrics.IC!)).toBeLessThan(0.2);
    },
    120_000,
  );
});

const inHandler = (key: string) => `dataset.kwargs.handler.${key}`;
const inPortfolio = (name: string) => `portfolio_analysis/${name}`;

/** Only a prediction: fast. */
const SHORT = changed(/ {8}- class: SigAnaRecord[\s\S]*$/, "")
  .replace("class: Alpha158", "class: DataHandlerLP")
  .replace("    label:", '    features: ["$close/Ref($close, 5)-1", "$close/Ref($close, 10)-1"]\n    label:')
  .replace("instruments: *market", "universe: *market");

describe("what wins", () => {
  it("the command line over the file over its bases over the default", async () => {
    saved(
      "BASE_CONFIG_PATH: grand.yaml\nexperiment_name: of base\ntask: { model: { kwargs: { alpha: 2 } } }\n",
      "base.yaml",
    );
    saved(SHORT, "grand.yaml");
    const child = saved(
      "BASE_CONFIG_PATH: base.yaml\ntask: { model: { kwargs: { estimator: ols, alpha: __DROP__ } } }\n",
    );
    const plan = await planWorkflow(child);
    expect(plan.experimentName).toBe("of base");
    expect(plan.task.model as Task["model"] & object).toMatchObject({ kwargs: { estimator: "ols" } });
    expect(plan.config.BASE_CONFIG_PATH).toBe("base.yaml");
    const named = await planWorkflow(child, {
      experimentName: "mine",
      overrides: { "task.model.kwargs.estimator": "lasso" },
    });
    expect([named.experimentName, (named.task.model as { kwargs: object }).kwargs]).toEqual([
      "mine",
      { estimator: "lasso" },
    ]);
    expect((await planWorkflow(saved(SHORT, "plain.yaml"))).experimentName).toBe("workflow");
  });

  it("an override of an anchor reaches its aliases, in bases too", async () => {
    saved(SHORT, "base.yaml");
    const child = saved("BASE_CONFIG_PATH: base.yaml\n");
    const universe = async (overrides: Record<string, unknown>) =>
      (
        (await planWorkflow(child, { overrides })).task.dataset as {
          kwargs: { handler: { kwargs: { universe: unknown } } };
        }
      ).kwargs.handler.kwargs.universe;
    expect(await universe({})).toBe("all");
    expect(await universe({ market: "synthetic" }).catch((error: Error) => error.message)).toContain(
      'no universe "synthetic"',
    );
    expect(await universe({ "data_handler_config.universe": ["S0001", "S0002"] })).toEqual(["S0001", "S0002"]);
  });

  it("variables of the environment are put in, unknown ones are empty, defaults work", async () => {
    const text = changed(
      "alpha: 0.05",
      "alpha: {{ ALPHA | default(0.5) }}",
      changed("region: us", "region: us{{ NOTHING }}", SHORT),
    );
    const alpha = async (env: Record<string, string>) =>
      ((await planWorkflow(saved(text), { env })).task.model as { kwargs: { alpha: number } }).kwargs.alpha;
    expect([await alpha({}), await alpha({ ALPHA: "3" })]).toEqual([0.5, 3]);
  });
});

describe("a run of a workflow", () => {
  it("keeps the configuration even when training fails, and no secret", async () => {
    const text = changed(
      "region: us",
      'region: us\n    note: "for {{ MY_TOKEN }} only"',
      changed("alpha: 0.05", "alpha: 0.05", SHORT),
    );
    const failing = saved(
      `${text
        .replace("class: LinearModel", "class: Failing")
        .replace("qlib.contrib.model.linear", "./failing.mjs")
        .replace(/ {8}kwargs:\n {12}estimator.*\n.*\n/, "")}`,
    );
    saved(
      `export class Failing { fit() { throw new Error("no luck"); } predict() {} toText() { return ""; } static fromText() {} }`,
      "failing.mjs",
    );
    await expect(runWorkflow(failing, { env: { MY_TOKEN: "hunter2222" }, experimentName: "failing" })).rejects.toThrow(
      "no luck",
    );
    const [run] = await R.listRecorders({ experimentName: "failing" });
    expect(run!.status).toBe("FAILED");
    expect(((await run!.loadObject("config")) as { qlib_init: object }).qlib_init).toMatchObject({
      note: "for {{ MY_TOKEN }} only",
    });
    expect(await run!.loadObject("config_rendered")).toContain("for ********** only");
    expect(await run!.loadObject("config_raw")).toContain("{{ MY_TOKEN }}");
  });

  it("is shown as a plan before it runs", async () => {
    const plan = await planWorkflow(saved(WORKFLOW_TEXT), { overrides: ["task.model.kwargs.alpha=7"] });
    const text = String(viewBundle(plan[VIEW]()).data["text/plain"]);
    for (const part of [
      /overrides +task\.model\.kwargs\.alpha=7/,
      /universe +all \(24 instruments\)/,
      /158 features/,
      /alpha: 7/,
      /train +2015-01-01 +2015-12-31 +252/,
    ])
      expect(text).toMatch(part);
    expect([...(await R.listExperiments())].some(({ name }) => name === "planned")).toBe(false);
  });

  it("may be plain data instead of a file", async () => {
    const run = await runWorkflow(parse(SHORT) as Record<string, unknown>, { recorderName: "of an object" });
    expect([run.name, await run.hasArtifact("pred"), await run.hasArtifact("config_raw")]).toEqual([
      "of an object",
      true,
      false,
    ]);
  });

  it("goes into the store that exp_manager names, unless another is given", async () => {
    const before = R.getUri();
    try {
      const own = path.join(folder, "history");
      const text = changed(
        "    region: us\n",
        `    region: us\n    exp_manager: { class: MLflowExpManager, kwargs: { uri: "file:${own}" } }\n`,
        SHORT,
      );
      expect((await runWorkflow(saved(text))).getArtifactUri()).toContain("/history/");
      expect((await runWorkflow(saved(text), { storeUri: path.join(folder, "other") })).getArtifactUri()).toContain(
        "/other/",
      );
    } finally {
      R.setUri(before);
    }
  });
});

describe("the prices of a workflow", () => {
  const provider = (uri: string) => changed(/provider_uri: .*/, `provider_uri: ${uri}`);

  it("may be given by frequency: days are taken", async () => {
    const address = '"synthetic://?instruments=24&days=400&start=2015-01-02"';
    const plan = await planWorkflow(saved(provider(`{ 1min: /nowhere, day: ${address} }`)));
    expect(plan.market.calendar.length).toBe(400);
    await expect(planWorkflow(saved(provider("{ 1min: /nowhere, 5min: /nowhere }")))).rejects.toThrow("none is day");
  });

  it("may be bars of another length, as the handler says", async () => {
    const text = changed("    start_time: 2015-01-01\n", "    start_time: 2015-01-01\n    freq: week\n");
    expect((await planWorkflow(saved(text))).market.freq).toBe("1week");
  });

  itData("are looked for beside the file, and then from the working directory", async () => {
    symlinkSync(sharedPath("data"), path.join(folder, "prices"));
    const overrides = { benchmark: null, market: "us_etf_daily" };
    const plan = await planWorkflow(saved(provider("./prices")), { overrides });
    expect(plan.market.universes).toContain("us_stocks_daily");
    expect(path.isAbsolute(plan.market.address)).toBe(true);
  });
});

describe("a back-test", () => {
  it("may forecast anew from the model and the dataset instead of the recorded prediction", async () => {
    const [recorded, anew] = [
      await runWorkflow(saved(WORKFLOW_TEXT)),
      await runWorkflow(saved(changed("signal: <PRED>", "signal: [<MODEL>, <DATASET>]"))),
    ];
    expect(numbersOf(anew)).toEqual(numbersOf(recorded));
  });
});

const OWN_MODEL = (suffix: string) => `
${suffix === ".ts" ? "type Options = { column?: string };\n" : ""}
export class OneFactor {
  column${suffix === ".ts" ? ": string" : ""};
  constructor({ column = "ROC5" }${suffix === ".ts" ? ": Options" : ""} = {}) { this.column = column; }
  async fit() {}
  async predict(dataset${suffix === ".ts" ? ": any" : ""}, { segment = "test" } = {}) {
    const panel = await dataset.prepare(segment, { colSet: "feature" });
    return panel.select([this.column]).rename({ [this.column]: "score" });
  }
  toText() { return JSON.stringify({ column: this.column }); }
  static fromText(text${suffix === ".ts" ? ": string" : ""}) { return new OneFactor(JSON.parse(text)); }
}
`;

describe("a model of one's own, in a file", () => {
  const withModel = (name: string, modulePath: string) =>
    changed(
      LINEAR_TEXT,
      `        class: ${name}\n        module_path: ${modulePath}\n        kwargs:\n            column: ROC10\n`,
      changed(/ {8}- class: SigAnaRecord[\s\S]*$/, ""),
    );

  for (const suffix of [".ts", ".mjs"])
    it(`beside the workflow (${suffix})`, async () => {
      saved(OWN_MODEL(suffix), `one-factor${suffix}`);
      const run = await runWorkflow(saved(withModel("OneFactor", `./one-factor${suffix}`)));
      const model = (await run.loadObject("params")) as { column: string };
      expect([model.constructor.name, model.column]).toEqual(["OneFactor", "ROC10"]);
      expect(((await run.loadObject("pred")) as ColumnTable).numRows()).toBeGreaterThan(24 * 50);
      expect(readdirSync(folder).filter((name) => name.startsWith(".one-factor"))).toEqual([]);
    });

  it("in a folder that sys names, by its name without ending", async () => {
    saved(OWN_MODEL(".ts"), "models/one-factor.ts");
    const text = `sys:\n    rel_path: [models]\n${withModel("OneFactor", "one-factor")}`;
    expect((await runWorkflow(saved(text))).status).toBe("FINISHED");
  });

  it("is loaded anew when its file was edited", async () => {
    const [file, workflow] = ["edited.mjs", withModel("OneFactor", "./edited.mjs")];
    const planned = async (source: string) => {
      saved(source, file);
      return (await planWorkflow(saved(workflow))).toString();
    };
    await planned(OWN_MODEL(".mjs"));
    const picky = OWN_MODEL(".mjs").replace("this.column = column;", 'throw new Error("no column is good enough");');
    await expect(planned(picky)).rejects.toThrow("no column is good enough");
  });

  it("is told when its file has no such class, or it is no model", async () => {
    saved(OWN_MODEL(".mjs"), "one-factor.mjs");
    const message = (text: string) =>
      planWorkflow(saved(text)).then(
        () => "",
        (error: Error) => error.message,
      );
    expect(await message(withModel("TwoFactor", "./one-factor.mjs"))).toMatch(
      /module_path: cannot load one-factor\.mjs: it exports no class "TwoFactor"[^]*exported: OneFactor/,
    );
    saved("export class OneFactor { fit() {} }", "no-model.mjs");
    expect(await message(withModel("OneFactor", "./no-model.mjs"))).toMatch(
      /"OneFactor" is no model[^]*methods fit, predict and toText/,
    );
    saved(OWN_MODEL(".mjs").replaceAll("OneFactor", "LGBModel"), "clash.mjs");
    expect(await message(withModel("LGBModel", "./clash.mjs"))).toMatch(/alphabook has a class "LGBModel" itself/);
  });
});

describe("a workflow from a run", () => {
  it("repeats it: the same prediction and metrics, overrides included", async () => {
    const run = await runWorkflow(saved(WORKFLOW_TEXT), {
      overrides: { "task.model.kwargs.alpha": 0.3 },
      experimentName: "to repeat",
    });
    const text = await workflowFromRun(run, { folder });
    expect(text).toContain(`# Repeats run ${run.id}`);
    expect(text).toMatch(/train: \[2015-01-01, 2015-12-31\]/);
    expect(Object.keys(parse(text) as object)).toEqual(["qlib_init", "experiment_name", "task"]);
    const again = await runWorkflow(saved(text, "again.yaml"));
    expect(again.info.experimentName).toBe("to repeat");
    expect(numbersOf(again)).toEqual(numbersOf(run));
    expect((await again.listTags()).task_hash).toBe((await run.listTags()).task_hash);
  });

  it("finds the user's own file and prices from another folder", async () => {
    saved(OWN_MODEL(".ts"), "here/one-factor.ts");
    const model = `        class: OneFactor\n        module_path: ./one-factor.ts\n`;
    const text = changed(LINEAR_TEXT, model, changed(/ {8}- class: SigAnaRecord[\s\S]*$/, ""));
    const run = await runWorkflow(saved(text, "here/workflow.yaml"));
    const again = await workflowFromRun(run, { folder: path.join(folder, "there") });
    expect(again).toContain("module_path: ../here/one-factor.ts");
    expect((await runWorkflow(saved(again, "there/again.yaml"))).status).toBe("FINISHED");
  });

  it("of a task that code has trained", async () => {
    await init({ providerUri: "synthetic://?instruments=24&days=400&ic=0.1&seed=3&start=2015-01-02" });
    const { task } = parse(SHORT) as { task: Task };
    const run = await taskTrain(task, { experimentName: "by code" });
    const again = await runWorkflow(saved(await workflowFromRun(run)));
    const scores = async (one: Recorder) => Array.from(((await one.loadObject("pred")) as ColumnTable).array("score"));
    expect(await scores(again)).toEqual(await scores(run));
  });

  it("is refused for a run without one", async () => {
    const run = await R.start({ experimentName: "bare" }, (bare) => bare);
    await expect(workflowFromRun(run)).rejects.toThrow(MissingArtifactError);
  });
});

describe("init", () => {
  const address = "synthetic://?instruments=20&days=50";

  it("names the market of handlers that name none", async () => {
    expect(() => new Alpha158({})).toThrow(/no market[^]*init\(/);
    const market = await init({ providerUri: address, region: "cn" });
    expect([market!.region, market!.calendar.length]).toEqual(["cn", 50]);
    const handler = new Alpha158({});
    expect(await handler.market()).toBe(market);
    expect((handler.config().kwargs as { market: { address: string; region: string } }).market).toMatchObject({
      region: "cn",
    });
    const other = new Alpha158({ market: "synthetic://?instruments=21&days=50" });
    expect((await other.market()).instruments().length).toBe(21);
    expect((await new Alpha158({ freq: "week" }).market()).calendar.length).toBe(12);
  });

  it("refuses what it does not understand, and then nothing has changed", async () => {
    const market = await init({ market: address });
    await expect(init({ provider_uri: address } as object)).rejects.toThrow(UnknownNameError);
    await expect(init({})).rejects.toThrow(InvalidArgumentError);
    await expect(init({ market: address, providerUri: address })).rejects.toThrow("give one of them");
    await expect(init({ market: market!, region: "cn" })).rejects.toThrow("the market's region is us");
    await expect(init({ providerUri: "/no/such/folder" })).rejects.toThrow("/no/such/folder");
    expect(await new Alpha158({}).market()).toBe(market);
  });
});
