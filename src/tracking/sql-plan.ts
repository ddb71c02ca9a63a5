import { toArquero } from "../engine/arquero.js";
import type { EngineTable } from "../engine/columns.js";
import { VIEW, type View } from "../panel/view.js";

/** How a question would be answered, or with `analyze` was: the engine's plan as text; see `sql.explain`. */
export class SqlPlan {
  /** Boxes of operators; the answer leaves at the top. */
  readonly text: string;
  readonly #statement: string;

  constructor(rows: EngineTable, statement: string) {
    const plans = toArquero(rows).array("explain_value") as ArrayLike<string>;
    this.text = Array.from(plans).join("\n").trimEnd();
    this.#statement = statement;
  }

  [VIEW](): View {
    return { kind: "sql-plan", title: "Plan", texts: [{ text: this.text }], notes: [this.#statement] };
  }

  toString(): string {
    return this.text;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
