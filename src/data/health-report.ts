import { VIEW, type View, type Viewable } from "../panel/view.js";

/** One kind of fault found in a market's data. */
export interface HealthFinding {
  /** `high below low`, `price step above 50 %` … */
  readonly check: string;
  /** The field or fields, or the column of a file that cannot be read. */
  readonly field: string;
  readonly count: number;
  /** `error`: the data contradict themselves; `warning`: unusual, may be real. */
  readonly severity: "error" | "warning";
  /** The first few places, as `instrument date`, or texts with their row. */
  readonly examples: readonly string[];
  /** The files they stand in; none for data that are made up. */
  readonly files: readonly string[];
}

/**
 * What `market.healthCheck()` found: one finding per kind of fault, most severe first, with the number of places and the first few.
 */
export class HealthReport implements Viewable {
  readonly findings: readonly HealthFinding[];
  /** Rows (instrument × trading day between its first and last stored day) that were looked at. */
  readonly rows: number;
  readonly #market: string;

  constructor(market: string, rows: number, findings: readonly HealthFinding[]) {
    this.#market = market;
    this.rows = rows;
    const rank = { error: 0, warning: 1 };
    this.findings = [...findings].sort((a, b) => rank[a.severity] - rank[b.severity] || b.count - a.count);
  }

  /** True when nothing contradicts itself; warnings may remain. */
  get isHealthy(): boolean {
    return this.findings.every(({ severity }) => severity !== "error");
  }

  [VIEW](): View {
    const hasFiles = this.findings.some(({ files }) => files.length > 0);
    const table = this.findings.map(({ severity, check, field, count, examples, files }) => ({
      severity,
      check,
      ...(hasFiles ? { file: files.join(", ") } : {}),
      field,
      count,
      first: examples.join("; "),
    }));
    return { kind: "table", title: `Health of ${this.#market}: ${this.#summary()}`, table };
  }

  toString(): string {
    return `HealthReport(${this.#market}: ${this.#summary()})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const lines = this.findings.map(
      ({ severity, check, field, count, examples }) =>
        `  ${severity}: ${check} (${field}): ${count}, first ${examples.join("; ")}`,
    );
    return [this.toString(), ...lines].join("\n");
  }

  #summary(): string {
    const count = (wanted: string) => this.findings.filter(({ severity }) => severity === wanted).length;
    return `${this.rows} rows, ${count("error")} errors, ${count("warning")} warnings`;
  }
}
