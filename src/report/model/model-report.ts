import type { ColumnTable } from "arquero";
import type { Fact } from "../../panel/view.js";
import { Report } from "../report.js";
import { featureImportanceFigure } from "./feature-importance.js";
import { trainingCurve, type CurveValues } from "./training-curve.js";

/** What a report needs to know of a model that was boosted. */
export interface BoostedModel {
  readonly title: string;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly notes: readonly string[];
  readonly evalsResult: CurveValues;
  readonly bestRound: number;
  /** One row per round. */
  readonly trainingLog: ColumnTable;
  /** Columns `feature, gain, split`, largest gain first. */
  readonly importance: ColumnTable;
}

/** How a boosted model learnt, and from what: the training curve and the importance of features, with the tables behind them. */
export function modelReport(model: BoostedModel): Report {
  const curve = curveText(model);
  const list = <T>(name: string) => Array.from(model.importance.array(name) as ArrayLike<T>);
  const rows = { feature: list<string>("feature"), gain: list<number>("gain"), split: list<number>("split") };
  const used = rows.split.filter((count) => count > 0).length;
  const importance = `${used} of ${rows.split.length} features split a tree · most gain: ${rows.feature.slice(0, 3).join(", ")}`;
  const { title, facts, notes } = model;
  return new Report({
    kind: "model-report",
    title,
    facts,
    notes,
    sections: [
      ...(model.trainingLog.numRows()
        ? [
            {
              name: "training",
              title: "Training by round",
              meaning:
                "Each metric after each round, on the rows learnt from and on segment valid (learn view). Training stops when the first metric on valid has not improved for earlyStoppingRounds; forecasts use the best round.",
              table: model.trainingLog,
              spec: trainingCurve(model.evalsResult, { bestRound: model.bestRound, subtitle: curve }),
              text: curve,
            },
          ]
        : []),
      {
        name: "importance",
        title: "Feature importance",
        meaning:
          "gain = sum of the gains of a feature's splits over all trees up to the best round; split = their number.",
        table: model.importance,
        spec: featureImportanceFigure(rows, { subtitle: importance }),
        text: importance,
      },
    ],
  });
}

/** The last and the best values in words. */
export function curveText({ evalsResult, bestRound }: Pick<BoostedModel, "evalsResult" | "bestRound">): string {
  const rounds = Math.max(0, ...Object.values(evalsResult).flatMap((each) => Object.values(each).map((v) => v.length)));
  const at = bestRound || rounds;
  const values = Object.entries(evalsResult).flatMap(([segment, metrics]) =>
    Object.entries(metrics).map(([metric, list]) => `${metric}.${segment} ${list[at - 1]?.toPrecision(5) ?? "–"}`),
  );
  return `${rounds} rounds${bestRound ? `, best ${bestRound}` : ""} · ${values.join(" · ")}`;
}
