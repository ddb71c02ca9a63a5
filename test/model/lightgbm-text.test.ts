import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { DataError } from "../../src/errors.js";
import { fromLightGbmText, toLightGbmText } from "../../src/model/gbdt/lightgbm-text.js";
import { LGBModel } from "../../src/model/lgb-model.js";
import { itWith } from "../shared.js";
import { datasetOf } from "./datasets.js";
import { temporaryFolder } from "../temporary-folder.js";

const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), "fixtures");
const script = path.join(fixtures, "lightgbm-models.py");
/** ALPHABOOK_PYTHON, else that of the repository's own environment, else the system's. */
const own = path.join(fixtures, "..", "..", "..", ".venv", "bin", "python");
const python = process.env.ALPHABOOK_PYTHON ?? (existsSync(own) ? own : "python3");
const itLightGbm = itWith(
  "lightgbm",
  spawnSync(python, ["-c", "import lightgbm"]).status === 0,
  "python3 -m venv .venv; .venv/bin/pip install lightgbm",
);

interface Answers {
  readonly prediction: readonly number[];
  readonly contrib: readonly (readonly number[])[];
  readonly gain: readonly number[];
  readonly split: readonly number[];
}
interface Fixture {
  readonly x: readonly (readonly (number | null)[])[];
  readonly y: readonly number[];
  readonly asked: readonly (readonly (number | null)[])[];
  readonly models: Record<string, Answers>;
  readonly ours: Answers;
}

const readText = (folder: string, name: string) => readFileSync(path.join(folder, name), "utf8");
const readFixture = (folder: string) => JSON.parse(readText(folder, "lightgbm.json")) as Fixture;

/** Columns `Column_0` … and a label. */
function columnsOf(rows: Fixture["x"], y: readonly number[] = rows.map(() => 0)): Record<string, readonly number[]> {
  const columns = rows[0]!.map((_, c) => [`Column_${c}`, rows.map((row) => row[c] ?? NaN)] as const);
  return { ...Object.fromEntries(columns), y };
}

const worst = (a: ArrayLike<number>, b: readonly number[]) =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i]!) / Math.max(1, Math.abs(value))));

async function expectSame(model: LGBModel, fixture: Fixture, answers: Answers): Promise<void> {
  const dataset = datasetOf(columnsOf(fixture.asked));
  const prediction = await model.predict(dataset, { segment: "test" });
  expect(worst(prediction.get("score"), answers.prediction)).toBeLessThan(1e-9);
  const contrib = await model.predictContrib(dataset, { segment: "test" });
  answers.contrib[0]!.forEach((_, c) => {
    const name = contrib.columnNames[c]!;
    expect(
      worst(
        contrib.get(name),
        answers.contrib.map((row) => row[c]!),
      ),
      `SHAP of ${name}`,
    ).toBeLessThan(1e-9);
  });
  const importance = model.getFeatureImportance();
  const byName = (column: string) =>
    new Map(
      (importance.array("feature") as string[]).map((name, i) => [name, (importance.array(column) as number[])[i]!]),
    );
  answers.gain.forEach((gain, c) => {
    expect(byName("split").get(`Column_${c}`)).toBe(answers.split[c]);
    expect(Math.abs(byName("gain").get(`Column_${c}`)! - gain)).toBeLessThan(1e-4 * Math.max(1, gain));
  });
}

/** A model of ours on the fixture's rows, as text. */
async function trainOurs({ x, y }: Fixture): Promise<LGBModel> {
  const model = new LGBModel({
    numLeaves: 9,
    minDataInLeaf: 5,
    learningRate: 0.3,
    numBoostRound: 12,
    earlyStoppingRounds: 0,
  });
  await model.fit(datasetOf(columnsOf(x, y), columnsOf(x.slice(0, 50), y.slice(0, 50))));
  return model;
}

describe("LightGBM's model files", () => {
  for (const name of ["regression", "binary", "zero-as-missing"]) {
    it(`${name}: a file that LightGBM wrote forecasts and explains the same here, also after we wrote it again`, async () => {
      const fixture = readFixture(fixtures);
      const text = readText(fixtures, `${name}.txt`);
      const model = LGBModel.fromText(text);
      await expectSame(model, fixture, fixture.models[name]!);
      await expectSame(LGBModel.fromText(model.toText()), fixture, fixture.models[name]!);
    });
  }

  it("LightGBM forecasts and explains the same with a file of ours", async () => {
    const fixture = readFixture(fixtures);
    await expectSame(LGBModel.fromText(readText(fixtures, "ours.txt")), fixture, fixture.ours);
  });

  itLightGbm(
    "the same with models trained now, both ways",
    async () => {
      const folder = temporaryFolder("lightgbm");
      const model = await trainOurs(readFixture(fixtures));
      writeFileSync(path.join(folder, "ours.txt"), model.toText());
      copyFileSync(script, path.join(folder, "models.py"));
      execFileSync(python, [path.join(folder, "models.py"), folder], { stdio: "pipe" });
      const fresh = readFixture(folder);
      await expectSame(model, fresh, fresh.ours);
      for (const name of Object.keys(fresh.models))
        await expectSame(LGBModel.fromText(readText(folder, `${name}.txt`)), fresh, fresh.models[name]!);
    },
    60_000,
  );

  it("a text read and written keeps every number of its trees", () => {
    const text = readText(fixtures, "regression.txt");
    const once = fromLightGbmText(text);
    expect(fromLightGbmText(toLightGbmText(once))).toEqual(once);
    expect(once.trees).toHaveLength(15);
    expect(once.featureNames[4]).toBe("Column_4");
    expect(once.ranges[4]).toEqual([-3, 3]);
  });

  it("refuses what it cannot forecast with, and says why", () => {
    const text = readText(fixtures, "regression.txt");
    const refused = (change: (text: string) => string, why: string | RegExp) => {
      expect(() => LGBModel.fromText(change(text))).toThrow(DataError);
      expect(() => LGBModel.fromText(change(text))).toThrow(why);
    };
    refused(() => "{}", 'the first line is "{}"');
    refused((all) => all.slice(0, 5000), "the file is cut off");
    refused((all) => all.replace("num_cat=0", "num_cat=1"), "tree 0 splits by category");
    refused((all) => all.replace("is_linear=0", "is_linear=1"), "tree 0 has linear leaves");
    refused((all) => all.replace("num_tree_per_iteration=1", "num_tree_per_iteration=3"), "3 classes");
    refused((all) => all.replace("objective=regression", "average_output\nobjective=regression"), "averaged");
    refused((all) => all.replace("threshold=-2", "threshold=x"), 'the value "x');
    refused((all) => all.replace(/leaf_value=\S+ /, "leaf_value="), "11 values of leaf_value, 12 expected");
  });
});
