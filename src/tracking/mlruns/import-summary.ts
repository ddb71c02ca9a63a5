import { VIEW, type View } from "../../panel/view.js";
import type { SkippedFile } from "./read-run.js";

/** What an import brought, by kind. */
export interface ImportCounts {
  readonly experiments: number;
  readonly runs: number;
  /** Runs that had no end at an earlier import and went on since. */
  readonly continued: number;
  /** Runs that an earlier import has brought: nothing of them is touched. */
  readonly present: number;
  readonly params: number;
  readonly points: number;
  readonly tags: number;
  readonly artifacts: number;
  readonly bytes: number;
}

/** What {@link importMlruns} brought, and what not; shows itself as the last value of a cell. */
export class ImportSummary {
  /** The folder that was imported. */
  readonly folder: string;
  readonly counts: ImportCounts;
  /** Pickled files: kept as files, never read. `run id/name`. */
  readonly pickles: readonly string[];
  readonly skipped: readonly SkippedFile[];

  constructor(
    folder: string,
    counts: ImportCounts,
    { pickles, skipped }: { readonly pickles: readonly string[]; readonly skipped: readonly SkippedFile[] },
  ) {
    this.folder = folder;
    this.counts = counts;
    this.pickles = pickles;
    this.skipped = skipped;
  }

  [VIEW](): View {
    const { counts, pickles, skipped } = this;
    return {
      kind: "import",
      title: `Imported ${counts.runs} ${counts.runs === 1 ? "run" : "runs"}`,
      facts: {
        "new experiments": counts.experiments,
        "new runs": counts.runs,
        "runs that went on": counts.continued,
        "runs here already": counts.present,
        params: counts.params,
        "metric points": counts.points,
        tags: counts.tags,
        files: counts.artifacts,
        bytes: counts.bytes,
      },
      ...(skipped.length > 0 && { table: skipped.map((each) => ({ "not imported": each.path, why: each.reason })) }),
      notes: pickles.length
        ? [
            `${pickles.length} pickled files are kept as files and were not read, first ${pickles.slice(0, 3).join(", ")}`,
          ]
        : [],
    };
  }

  toString(): string {
    return `ImportSummary(${this.counts.runs} runs, ${this.skipped.length} skipped)`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
