import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.js";
import { install } from "../../src/install.js";
import { planWorkflow, runWorkflow } from "../../src/workflow/run-workflow.js";
import { R } from "../../src/tracking/r.js";
import { temporaryFolder } from "../temporary-folder.js";
import { changed, WORKFLOW_TEXT } from "./workflow-text.js";

install();
R.setUri(temporaryFolder());
const folder = temporaryFolder("mistakes");

interface Mistake {
  readonly what: string;
  readonly text: string;
  /** What stands where the message points. */
  readonly points: string;
  /** Path in the configuration; none: of the text. */
  readonly at?: string;
  readonly says: string | RegExp;
  /** Other words of the message: what there is, the nearest name, what to do. */
  readonly helps?: readonly (string | RegExp)[];
}

const of = (what: string, from: string | RegExp, to: string, rest: Omit<Mistake, "what" | "text">): Mistake => ({
  what,
  text: changed(from, to),
  ...rest,
});

const MISTAKES: readonly Mistake[] = [
  of("a bracket that is not closed", "[2015-01-01, 2015-12-31]", "[2015-01-01, 2015-12-31", {
    points: "valid",
    says: /flow sequence/,
    helps: ["is a ] missing in a line above?"],
  }),
  of("a line that is not under its list", "        - class: Fillna\n", "      - class: Fillna\n", {
    points: "- class: Fillna",
    says: /sequence|collection|indent/,
  }),
  of("a key twice", "    region: us\n", "    region: us\n    region: cn\n", { points: "region: cn", says: /unique/ }),
  of("an alias without an anchor", "instruments: *market", "instruments: *markte", {
    ...{ points: "*markte", at: "data_handler_config.instruments", says: "no anchor &markte" },
    helps: ["market", 'did you mean "market"?'],
  }),
  of("a template that is not closed", "topk: 6", "topk: {{ TOPK | default(6)", {
    points: "{{ TOPK",
    says: /template/,
    helps: ["Jinja"],
  }),
  of("a filter that is not known", "topk: 6", "topk: {{ TOPK | defualt(6) }}", {
    points: "defualt",
    says: "filter not found",
  }),
  of("a condition without end", "topk: 6", "topk: {% if FAST %}6", {
    points: "{% if FAST",
    says: "expected elif, else, or endif",
  }),
  of("a section whose name has a slip", "\ntask:\n", "\ntaks:\n", {
    points: "taks",
    at: "taks",
    says: '"task" is missing; is "taks" meant',
  }),
  of("no qlib_init", /qlib_init:\n.*\n.*\n/, "", {
    points: "market",
    says: '"qlib_init" is missing',
    helps: ["provider_uri"],
  }),
  of("a model without class", "        class: LinearModel\n", "        clas: LinearModel\n", {
    ...{ points: "clas: LinearModel", at: "task.model.clas", says: '"class" is missing; is "clas" meant' },
  }),
  of("an unknown model", "class: LinearModel", "class: LinearModle", {
    ...{ points: "LinearModle", at: "task.model.class", says: 'unknown model "LinearModle"' },
    helps: ["known models: LGBModel, LinearModel", 'did you mean "LinearModel"?'],
  }),
  of("a model of Qlib's that is not here", "class: LinearModel", "class: XGBModel", {
    ...{ points: "XGBModel", at: "task.model.class", says: 'unknown model "XGBModel"', helps: ["instead: LGBModel"] },
  }),
  of("an option with a slip", "            alpha: 0.05", "            alhpa: 0.05", {
    ...{ points: "alhpa", at: "task.model.kwargs.alhpa", says: 'unknown key "alhpa"' },
    helps: ["alpha, estimator, fit_intercept, include_valid", 'did you mean "alpha"?'],
  }),
  of("a text where a number belongs", "alpha: 0.05", "alpha: small", {
    ...{ points: "small", at: "task.model.kwargs.alpha", says: '"small"', helps: ["a number is expected"] },
  }),
  of("a word that is none of the known", "estimator: ridge", "estimator: rigde", {
    ...{ points: "rigde", at: "task.model.kwargs.estimator", says: '"rigde"', helps: ['"ridge"'] },
  }),
  of("an unknown handler", "class: Alpha158", "class: Alpha159", {
    ...{
      points: "Alpha159",
      at: "task.dataset.kwargs.handler.class",
      says: 'unknown handler "Alpha159"',
      helps: ['did you mean "Alpha158"?'],
    },
  }),
  of("an option of the handler with a slip", "fit_end_time: 2015", "fit_ent_time: 2015", {
    ...{
      points: "fit_ent_time",
      at: "task.dataset.kwargs.handler.kwargs.fit_ent_time",
      says: "fitEntTime",
      helps: ["fitEndTime"],
    },
  }),
  of("an unknown processor", "- class: Fillna", "- class: FillNan", {
    ...{
      points: "FillNan",
      at: "task.dataset.kwargs.handler.kwargs.infer_processors[1].class",
      says: 'unknown processor "FillNan"',
    },
    helps: ['did you mean "Fillna"?'],
  }),
  of("a processor that learns without a fit window", /    fit_start_time.*\n    fit_end_time.*\n/, "", {
    ...{
      points: "kwargs",
      at: "task.dataset.kwargs.handler.kwargs",
      says: '"fit_start_time" is missing: RobustZScoreNorm',
    },
    helps: ["<dataset.kwargs.segments.train.0>"],
  }),
  of("a reference to nothing", "fit_start_time: 2015-01-01", "fit_start_time: <dataset.kwargs.segments.trian.0>", {
    ...{
      points: "<dataset.kwargs",
      at: "task.dataset.kwargs.handler.kwargs.fit_start_time",
      says: "refers to nothing",
    },
    helps: ["test, train, valid", 'did you mean "train"?'],
  }),
  of("a segment that ends before it starts", "train: [2015-01-01, 2015-12-31]", "train: [2015-12-31, 2015-01-01]", {
    ...{
      points: "train",
      at: "task.dataset.kwargs.segments.train",
      says: 'segment "train" starts 2015-12-31, after its end',
    },
  }),
  of("a day that does not exist", "valid: [2016-01-01, 2016-03-31]", "valid: [2016-01-01, 2016-03-32]", {
    ...{ points: "2016-03-32", at: "task.dataset.kwargs.segments.valid[1]", says: "2016-03-32" },
  }),
  of("a segment of one end", "test: [2016-04-01, 2016-07-01]", "test: [2016-04-01]", {
    ...{ points: "[2016-04-01]", at: "task.dataset.kwargs.segments.test", says: "2 values are expected" },
  }),
  of("a segment without data", "test: [2016-04-01, 2016-07-01]", "test: [2026-04-01, 2026-07-01]", {
    ...{ points: "[2026-04-01", at: "task.dataset.kwargs.segments.test", says: "holds no trading day of the market" },
    helps: ["the market has 400 days, 2015-01-02 to"],
  }),
  of("a segment that the handler leaves out", "end_time: 2016-07-01\n    fit", "end_time: 2016-03-01\n    fit", {
    ...{
      points: "[2016-04-01",
      at: "task.dataset.kwargs.segments.test",
      says: "holds no trading day of the handler's",
    },
    helps: ["2015-01-01 to 2016-03-01"],
  }),
  of("no segment to forecast", "                test:", "                tset:", {
    ...{
      points: "segments",
      at: "task.dataset.kwargs.segments",
      says: 'there is no segment "test"',
      helps: ['did you mean "tset"?'],
    },
  }),
  of("a universe that the market does not have", "&market all", "&market csi300", {
    ...{
      points: "csi300",
      at: "task.dataset.kwargs.handler.kwargs.instruments",
      says: 'no universe "csi300"',
      helps: ["universes: all"],
    },
  }),
  of("prices that are not there", /"synthetic:.*"/, '"~/no/such/folder"', {
    ...{
      points: '"~/no',
      at: "qlib_init.provider_uri",
      says: 'no prices at "~/no/such/folder"',
      helps: ["looked for:", "synthetic://"],
    },
  }),
  of("an option of the synthetic market", "&days=400", "&dyas=400", {
    ...{ points: '"synthetic', at: "qlib_init.provider_uri", says: "dyas", helps: ["days"] },
  }),
  of("a field that the market does not have", "Ref($close, -2) /", "Ref($clsoe, -2) /", {
    ...{
      points: '"Ref($clsoe',
      at: "task.dataset.kwargs.handler.kwargs.label[0]",
      says: 'no field "$clsoe"',
      helps: ['did you mean "$close"?'],
    },
  }),
  of("an operator that is not known", "/ Ref($close, -1) - 1", "/ Reff($close, -1) - 1", {
    ...{
      points: '"Ref(',
      at: "task.dataset.kwargs.handler.kwargs.label[0]",
      says: "Reff",
      helps: ['did you mean "Ref"?'],
    },
  }),
  of("an unknown record template", "- class: SigAnaRecord", "- class: SigAnaRecrd", {
    ...{ points: "SigAnaRecrd", at: "task.record[1].class", says: 'unknown record template "SigAnaRecrd"' },
    helps: ["PortAnaRecord", 'did you mean "SigAnaRecord"?'],
  }),
  of("an analysis before there is a prediction", /        - class: SignalRecord\n(.*\n){4}/, "", {
    ...{ points: "class: SigAnaRecord", at: "task.record[0]", says: "no SignalRecord stands before it" },
  }),
  of("a slip in an option of an analysis", "ann_scaler: 252", "ann_scalar: 252", {
    ...{
      points: "ann_scalar",
      at: "task.record[1].kwargs.ann_scalar",
      says: 'unknown key "ann_scalar"',
      helps: ['did you mean "ann_scaler"?'],
    },
  }),
  of("a strategy that is not known", "class: TopkDropoutStrategy", "class: TopKDropStrategy", {
    ...{
      points: "TopKDropStrategy",
      at: "task.record[2].kwargs.config.strategy.class",
      says: 'unknown strategy "TopKDropStrategy"',
    },
    helps: ['did you mean "TopkDropoutStrategy"?'],
  }),
  of(
    "a strategy as Qlib wrote it in its first years",
    "signal: <PRED>",
    "model: <MODEL>\n            dataset: <DATASET>",
    {
      ...{
        points: "model: <MODEL>",
        at: "task.record[2].kwargs.config.strategy.kwargs.model",
        says: 'unknown key "model"',
      },
      helps: ["signal: <PRED>"],
    },
  ),
  of("more sold than held", "n_drop: 2", "n_drop: -2", {
    ...{ points: "-2", at: "task.record[2].kwargs.config.strategy.kwargs.n_drop", says: "at least 0 is expected" },
  }),
  of("a benchmark that the market does not have", "&benchmark S0001", "&benchmark SH000300", {
    ...{ points: "SH000300", at: "task.record[2].kwargs.config.backtest.benchmark", says: 'no instrument "SH000300"' },
  }),
  of("a price that is no field", "deal_price: close", "deal_price: vwapp", {
    ...{
      points: "vwapp",
      at: "task.record[2].kwargs.config.backtest.exchange_kwargs.deal_price",
      says: '"$vwapp"',
      helps: ['did you mean "$vwap"?'],
    },
  }),
  of("a cost whose name has a slip", "open_cost: 0.0005", "opn_cost: 0.0005", {
    ...{
      points: "opn_cost",
      at: "task.record[2].kwargs.config.backtest.exchange_kwargs.opn_cost",
      says: 'unknown key "opn_cost"',
    },
  }),
  of(
    "a back-test outside the data",
    "start_time: 2016-04-04\n        end_time: 2016-07-01",
    "start_time: 2036-04-04\n        end_time: 2036-07-01",
    {
      ...{ points: "backtest", at: "task.record[2].kwargs.config.backtest", says: "holds no trading day" },
    },
  ),
  of("a file of one's own that is not there", "qlib.contrib.model.linear", "./my-model.ts", {
    ...{
      points: "./my-model.ts",
      at: "task.model.module_path",
      says: 'there is no file "./my-model.ts"',
      helps: ["looked in:"],
    },
  }),
  of("a Python file", "qlib.contrib.model.linear", "./my_model.py", {
    ...{ points: "./my_model.py", at: "task.model.module_path", says: "Python", helps: ["TypeScript"] },
  }),
  of("a base that is not there", "qlib_init:", "BASE_CONFIG_PATH: base.yaml\nqlib_init:", {
    ...{ points: "base.yaml", at: "BASE_CONFIG_PATH", says: 'there is no file "base.yaml"', helps: ["looked for:"] },
  }),
];

const messageOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as Error).message;
};

function saved(text: string, name = "workflow.yaml"): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe("a workflow with a mistake", () => {
  it("is fine without", async () => {
    expect((await planWorkflow(saved(WORKFLOW_TEXT))).segments.map(({ days }) => days > 50)).toEqual([
      true,
      true,
      true,
    ]);
  });

  for (const { what, text, points, at, says, helps = [] } of MISTAKES)
    it(`points at ${what}`, async () => {
      const file = saved(text);
      const message = await messageOf(planWorkflow(file));
      const [, line, column] = new RegExp(`^Cannot read workflow ${file}:(\\d+):(\\d+)(?: at |:)`).exec(message) ?? [];
      expect(line, message).toBeDefined();
      expect(text.split("\n")[Number(line) - 1]!.slice(Number(column) - 1), message).toMatch(startsWith(points));
      expect(/^\S+ \S+ \S+ \S+:\d+:\d+(?: at ([^:]+))?:/.exec(message)?.[1], message).toBe(at);
      for (const word of [says, ...helps]) expect(message).toMatch(word);
      const lines = message.split("\n");
      expect(lines.length, message).toBeLessThan(16);
      expect(Math.max(...lines.slice(1).map(({ length }) => length)), message).toBeLessThan(250);
      expect(lines[2]!.indexOf("^"), message).toBe(lines[1]!.indexOf("|") + 1 + Number(column));
    });

  it("begins no run", async () => {
    await messageOf(runWorkflow(saved(changed("class: LinearModel", "class: LinearModle"))));
    expect([...(await R.listExperiments())].map(({ name }) => name)).not.toContain("workflow");
  });

  it("is told where it was given: on the command line", async () => {
    const file = saved(WORKFLOW_TEXT);
    const at = async (...overrides: string[]) => messageOf(planWorkflow(file, { overrides }));
    expect(await at("task.modle.kwargs.alpha=1")).toMatch(
      /-p:1:6 at task\.modle: there is no "modle" to override[^]*did you mean "model"\?/,
    );
    expect(await at("task.model.kwargs.alpha=big")).toMatch(
      /-p:1:1 at task\.model\.kwargs\.alpha: "big" .* a number is expected/,
    );
    expect(await at("market=nasdaq")).toMatch(
      /at task\.dataset\.kwargs\.handler\.kwargs\.instruments: the market has no universe "nasdaq"/,
    );
    expect(await at("markte=all")).toMatch(/there is no "markte" to override[^]*did you mean "market"\?/);
    expect(await at("alpha")).toMatch(/it is not key=value/);
    expect(await at("task.model.kwargs.alpha=[1")).toMatch(/the value is no YAML/);
  });

  it("is told where it stands in a base", async () => {
    saved(changed("class: LinearModel", "class: LinearModle"), "base.yaml");
    const message = await messageOf(planWorkflow(saved("BASE_CONFIG_PATH: base.yaml\nmarket: all\n", "child.yaml")));
    expect(message).toMatch(/base\.yaml:47:16 at task\.model\.class: unknown model "LinearModle"/);
    saved("BASE_CONFIG_PATH: child.yaml\n", "base.yaml");
    expect(await messageOf(planWorkflow(path.join(folder, "child.yaml")))).toMatch(
      /leads back to itself\n[^]*child\.yaml → base\.yaml → child\.yaml/,
    );
  });

  it("is told where it stands in the rendered text, and that it is so", async () => {
    const wrong = changed("class: LinearModel", "class: LinearModle");
    const spanning = saved(`{% if FAST %}\nfast: true\n{% endif %}\n${wrong}`);
    expect(await messageOf(planWorkflow(spanning, { env: { FAST: "1" } }))).toMatch(/:50:16 at task\.model\.class/);
    const comment = saved(`{# a comment\nof two lines #}\n${wrong}`);
    expect(await messageOf(planWorkflow(comment))).toMatch(
      /:48:16 at task\.model\.class[^]*line 48 is that of the rendered text: the file's template has \d+ lines/,
    );
    const inline = saved(changed("class: LinearModel", "class: {{ MODEL }}"));
    expect(await messageOf(planWorkflow(inline, { env: { MODEL: "LinearModle" } }))).toMatch(
      /:47:16 at task\.model\.class[^]*as rendered; in the file: class: \{\{ MODEL \}\}/,
    );
  });

  it("shows no secret", async () => {
    const text = changed("alpha: 0.05", "alpha: {{ MY_TOKEN }}");
    const message = await messageOf(planWorkflow(saved(text), { env: { MY_TOKEN: "hunter2222" } }));
    expect(message).toContain("**********");
    expect(message).not.toContain("hunter2222");
  });
});

const startsWith = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);
