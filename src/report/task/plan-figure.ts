import { figure } from "../figure/figure.js";
import { ink, type Ink, type Mode } from "../figure/ink.js";
import type { VegaLiteSpec } from "../report.js";

/** One segment of one task; dates as `YYYY-MM-DD`, null = open. */
export interface PlannedBar {
  readonly task: number;
  readonly model: string;
  readonly segment: string;
  readonly start: string | null;
  readonly end: string | null;
}

export interface PlanFigureOptions {
  readonly subtitle?: string;
  readonly mode?: Mode;
}

const WIDTH = 640;
const HEIGHT = 420;
/** Rows that each have a label of their own. */
const LABELLED = 40;

/**
 * The segments of tasks over time: one row a task, one bar a segment, first task on top.
 *
 * An open end is drawn to the last date of the plan, an open start from its first.
 *
 * @example
 * planFigure([{ task: 1, model: "", segment: "test", start: "2024-01-02", end: null }]).mark.type // -> bar
 */
export function planFigure(
  bars: readonly PlannedBar[],
  { subtitle, mode = "light" }: PlanFigureOptions = {},
): VegaLiteSpec & { readonly mark: { readonly type: string } } {
  const k = ink(mode);
  const segments = [...new Set(bars.map(({ segment }) => segment))];
  const tasks = [...new Set(bars.map(({ task }) => task))];
  const every = Math.ceil(tasks.length / LABELLED);
  const mark = { type: "bar", height: { band: 0.72 }, cornerRadius: 1.5 };
  return {
    ...figure({ title: { text: "Segments of the tasks", ...(subtitle ? { subtitle } : {}) } }, mode),
    width: WIDTH,
    height: { step: Math.max(3, Math.min(24, HEIGHT / Math.max(1, tasks.length))) },
    data: planData(bars),
    mark,
    encoding: {
      y: {
        field: "task",
        type: "ordinal",
        title: "Task",
        axis: { values: tasks.filter((_, i) => i % every === 0), grid: false },
      },
      x: { field: "start", type: "temporal", title: null, axis: { tickCount: 8, grid: true } },
      x2: { field: "end" },
      color: {
        field: "segment",
        type: "nominal",
        scale: { domain: segments, range: segments.map((segment, i) => colorOf(k, segment, i)) },
        legend: { title: null },
      },
      tooltip: ["task", "model", "segment", "from", "to"].map((field) => ({ field, type: "nominal" })),
    },
  };
}

function colorOf(k: Ink, segment: string, i: number): string {
  const known: Readonly<Record<string, string>> = { train: k.bench, valid: k.excess, test: k.strategy };
  return known[segment] ?? k.series[(i + 3) % k.series.length]!;
}

/** A bar reaches to the end of its last day, so that bars of neighbouring segments meet. */
function planData(bars: readonly PlannedBar[]): object {
  const dates = bars.flatMap(({ start, end }) => [start, end]).filter((date) => date !== null);
  const sorted = [...dates].sort();
  const lines = bars.map(({ task, model, segment, start, end }) => {
    const from = start ?? sorted[0] ?? "";
    const to = end ?? sorted.at(-1) ?? "";
    return [task, quoted(model), quoted(segment), from, nextDay(to), start ?? "open", end ?? "open"].join(",");
  });
  return {
    values: ["task,model,segment,start,end,from,to", ...lines].join("\n"),
    format: { type: "csv", parse: { task: "number", start: "date", end: "date" } },
  };
}

/** Without the time of day: a plan is drawn by days. */
function nextDay(date: string): string {
  const ms = Date.parse(date.slice(0, 10));
  return Number.isNaN(ms) ? date : new Date(ms + 86_400_000).toISOString().slice(0, 10);
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
