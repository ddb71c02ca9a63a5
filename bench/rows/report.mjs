import { seconds } from "../timing.mjs";
import { predLabel } from "./analysis.mjs";

export default [
  {
    name: "report: all numbers of the signal report, 1.25 M rows × 1 horizon",
    unit: "s",
    target: 2,
    prepare: predLabel,
    async measure(panel) {
      const { signalReport } = await import("../../dist/index.js");
      return seconds(() => signalReport(panel));
    },
  },
  {
    name: "report: the same, drawn as PNGs",
    unit: "s",
    target: 5,
    prepare: predLabel,
    async measure(panel) {
      const { chart, signalReport } = await import("../../dist/index.js");
      return seconds(async () => {
        for (const spec of Object.values(signalReport(panel).figures)) await chart(spec).toPng();
      });
    },
  },
];
