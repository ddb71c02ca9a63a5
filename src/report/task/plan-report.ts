import { from } from "arquero";
import { Report } from "../report.js";
import { planFigure, type PlannedBar } from "./plan-figure.js";

/** What a plan of tasks says of itself: its segments and one row a task. */
export interface PlanContent {
  readonly title: string;
  readonly segments: readonly PlannedBar[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly notes: readonly string[];
}

/**
 * A plan of tasks as a figure and the table behind it, before anything runs.
 *
 * @example
 * planReport({ title: "Plan", segments: [], rows: [], notes: [] }).sections.length // -> 0
 */
export function planReport({ title, segments, rows, notes }: PlanContent): Report {
  const dates = segments.flatMap(({ start, end }) => [start, end]).filter((date) => date !== null);
  dates.sort();
  const [first = "", last = ""] = [dates[0], dates.at(-1)];
  const tests = segments.filter(({ segment }) => segment === "test").length;
  const text = `${rows.length} ${rows.length === 1 ? "task" : "tasks"} from ${first} to ${last}`;
  const section = () => ({
    ...{ name: "segments", title: "Segments of the tasks", table: from([...rows]), text, meaning: notes.join("; ") },
    spec: planFigure(segments, { subtitle: text }),
  });
  return new Report({
    kind: "task-plan",
    title,
    facts: {
      ...{ tasks: rows.length, models: new Set(segments.map(({ model }) => model)).size },
      ...{ "test segments": tests, first, last },
    },
    notes: [],
    sections: rows.length > 0 ? [section()] : [],
  });
}
