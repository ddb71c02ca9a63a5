import { host } from "../host/host.js";
import { curveText } from "../report/model/model-report.js";
import { trainingCurve, type CurveValues } from "../report/model/training-curve.js";
import { chartBundle, VEGA_LITE_MIME } from "./chart-bundle.js";

/** Shorter trainings show the final figure only. */
const SHOW_AFTER_MS = 400;
/** Two a second are smooth enough to watch and cost a front end little. */
const UPDATE_EVERY_MS = 500;
let nextId = 0;

/**
 * A training curve under the running cell that grows with the rounds and stays when training ends, also by an interrupt;
 * undefined in a plain process.
 *
 * While it grows only the specification is sent; the last one has the picture for readers without Vega.
 */
export function watchTraining():
  | { round(evals: CurveValues): void; end(evals: CurveValues, bestRound: number): Promise<void> }
  | undefined {
  const { bridge } = host;
  if (!bridge) return undefined;
  const id = `alphabook-training-${process.pid}-${nextId++}`;
  const metadata = { alphabook: "training" };
  const started = performance.now();
  let drawn = 0;
  return {
    round(evals) {
      const now = performance.now();
      if (now - started < SHOW_AFTER_MS || now - drawn < UPDATE_EVERY_MS) return;
      const text = curveText({ evalsResult: evals, bestRound: 0 });
      const data = { [VEGA_LITE_MIME]: trainingCurve(evals, { subtitle: text }), "text/plain": text };
      bridge.display(data, { id, update: drawn > 0, metadata });
      drawn = now;
    },
    async end(evals, bestRound) {
      if (Object.keys(evals).length === 0) return;
      const text = curveText({ evalsResult: evals, bestRound });
      const bundle = await chartBundle(trainingCurve(evals, { subtitle: text, bestRound }), text);
      bridge.display(bundle.data, { id, update: drawn > 0, metadata: { ...metadata, ...bundle.metadata } });
    },
  };
}
