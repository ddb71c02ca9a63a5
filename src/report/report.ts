import type { ColumnTable } from "arquero";
import { UnknownNameError } from "../errors.js";
import { VIEW, type Fact, type View, type Viewable } from "../panel/view.js";

/** A Vega-Lite specification, valid for versions 5.6 and 6.4. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

/** One question of a report: a figure where one helps, the table behind it, and what the numbers mean. */
export interface ReportSection {
  /** Short name: `ic`, `monthly-ic` … */
  readonly name: string;
  readonly title: string;
  /** One line: what is shown, and how it was computed (n, ddof, periods per year, compounding). */
  readonly meaning: string;
  readonly table: ColumnTable;
  readonly spec?: VegaLiteSpec;
  /** A table of things to read, not of numbers: all rows, long texts in full. */
  readonly isText?: boolean;
  /** The figure's numbers in words, for readers without the picture. */
  readonly text: string;
}

/** What a front end shows, in order. */
export type ReportPart =
  | {
      readonly kind: "facts";
      readonly title: string;
      readonly facts: Readonly<Record<string, Fact>>;
      readonly notes: readonly string[];
    }
  | {
      readonly kind: "figure";
      readonly name: string;
      readonly title: string;
      readonly spec: VegaLiteSpec;
      readonly text: string;
    }
  | {
      readonly kind: "table";
      readonly name: string;
      readonly title: string;
      readonly table: ColumnTable;
      readonly note: string;
      /** Show all rows, and long texts in full. */
      readonly isText: boolean;
    };

export interface ReportContent {
  /** `signal-report` … */
  readonly kind: string;
  readonly title: string;
  /** 6–8 key figures, formatted as texts. */
  readonly facts: Readonly<Record<string, Fact>>;
  /** Conventions, coverage and warnings that hold for the whole report. */
  readonly notes: readonly string[];
  readonly sections: readonly ReportSection[];
}

/**
 * A head line of key figures, then sections, each a figure with the table behind it.
 *
 * As the last value of a cell the whole report is shown; `table`, `spec` and `figures` give its parts.
 */
export class Report implements Viewable {
  readonly kind: string;
  readonly title: string;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly notes: readonly string[];
  readonly sections: readonly ReportSection[];

  constructor({ kind, title, facts, notes, sections }: ReportContent) {
    this.kind = kind;
    this.title = title;
    this.facts = facts;
    this.notes = notes;
    this.sections = sections;
  }

  /** The table behind a section. @throws UnknownNameError that lists the sections. */
  table(name: string): ColumnTable {
    return this.section(name).table;
  }

  /** The Vega-Lite specification of a section's figure. @throws UnknownNameError that lists the figures. */
  spec(name: string): VegaLiteSpec {
    const { spec } = this.section(name);
    if (!spec) throw new UnknownNameError("figure", name, Object.keys(this.figures), { context: this.title });
    return spec;
  }

  section(name: string): ReportSection {
    const section = this.sections.find((candidate) => candidate.name === name);
    if (!section)
      throw new UnknownNameError(
        "section",
        name,
        this.sections.map((candidate) => candidate.name),
        { context: this.title },
      );
    return section;
  }

  /** The specifications of all figures by section name. */
  get figures(): Readonly<Record<string, VegaLiteSpec>> {
    return Object.fromEntries(this.sections.flatMap(({ name, spec }) => (spec ? [[name, spec]] : [])));
  }

  /** Everything to show, in order. */
  parts(): readonly ReportPart[] {
    const head: ReportPart = { kind: "facts", title: this.title, facts: this.facts, notes: this.notes };
    return [
      head,
      ...this.sections.flatMap(({ name, title, meaning, table, spec, text, isText = false }): ReportPart[] => [
        ...(spec ? [{ kind: "figure", name, title, spec, text } as const] : []),
        { kind: "table", name, title, table, note: meaning, isText },
      ]),
    ];
  }

  [VIEW](): View {
    return { kind: this.kind, title: this.title, facts: this.facts, notes: this.notes, ref: this };
  }

  toString(): string {
    return `Report(${this.title}: ${this.sections.map(({ name }) => name).join(", ")})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
