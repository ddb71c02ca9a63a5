import { seconds } from "../timing.mjs";
import { predLabel } from "./analysis.mjs";

/** Ten years of a back-test's report, 50 names held, 20 dealt a day. */
function backtestReport() {
  let state = 7;
  const noise = () => ((state = (state * 48271) % 2147483647) / 2147483647) * 2 - 1;
  const days = 2520;
  const datetime = Array.from({ length: days }, (_, d) => new Date(Date.UTC(2010, 0, 4) + (Math.floor(d / 5) * 7 + (d % 5)) * 86_400_000));
  const column = (make) => Float64Array.from({ length: days }, make);
  const rows = (count) => Array.from({ length: days * count }, (_, i) => i);
  const report = {
    datetime,
    return: column(() => 0.012 * noise() + 0.0004),
    cost: column(() => 0.0001),
    bench: column(() => 0.012 * noise() + 0.0002),
    turnover: column(() => 0.1),
  };
  const positions = {
    datetime: rows(50).map((i) => datetime[Math.floor(i / 50)]),
    instrument: rows(50).map((i) => `N${(i * 7) % 300}-${i % 50}`),
    weight: Float64Array.from(rows(50), () => 0.019),
  };
  const fills = {
    datetime: rows(20).map((i) => datetime[Math.floor(i / 20)]),
    instrument: rows(20).map((i) => `N${i % 20}`),
    amount: Float64Array.from(rows(20), (i) => (Math.floor(i / 20) % 2 ? -100 : 100)),
    price: Float64Array.from(rows(20), () => 10 + noise()),
    cost: Float64Array.from(rows(20), () => 1),
  };
  return { report, positions, fills };
}

async function portfolioPage({ report, positions, fills }) {
  const { portfolioReport } = await import("../../dist/index.js");
  const { reportToHtml } = await import("../../dist/notebook/report-page.js");
  return reportToHtml(await portfolioReport(report, { positions, fills }));
}

export default [
  {
    name: "report: portfolio report of 10 years as a page, first one",
    unit: "s",
    target: 2.5,
    prepare: backtestReport,
    measure: (data) => seconds(() => portfolioPage(data)),
  },
  {
    name: "report: the same, once more",
    unit: "s",
    target: 1.5,
    prepare: backtestReport,
    async measure(data) {
      await portfolioPage(data);
      return seconds(() => portfolioPage(data));
    },
  },
  {
    name: "report: its size",
    unit: "KB",
    target: 1000,
    prepare: backtestReport,
    measure: async (data) => Buffer.byteLength(await portfolioPage(data)) / 1024,
  },
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
