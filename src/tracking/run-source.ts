import { table, type ColumnTable } from "arquero";
import { VIEW, type View } from "../panel/view.js";
import { readCode, type CodeRow } from "../store/run-queries.js";
import { attemptName } from "./attempt.js";
import type { CodeCells, SourceCell } from "./code-cells.js";
import type { Recorder } from "./recorder.js";

/** The code of one start or resumption of a run. */
export interface AttemptSource {
  readonly attempt: number;
  /** Empty for a run that was not started in a notebook. */
  readonly cells: readonly SourceCell[];
  /** Cells with a smaller number were run before the package was imported, and are not known. */
  readonly firstNumber: number;
  /** Uncommitted changes of tracked files, as `git diff HEAD` writes them; "" when there were none. */
  readonly diff: string;
}

/** Reads what was recorded of a run's code. */
export async function loadSource(run: Recorder): Promise<RunSource> {
  const names = new Set(await run.listArtifacts());
  const read = async (name: string) => (names.has(name) ? String(await run.loadObject(name)) : undefined);
  const attempts: AttemptSource[] = [];
  for (let attempt = 1; attempt <= run.info.attempts; attempt++) {
    const text = await read(attemptName("code_cells", attempt));
    const { cells, firstNumber }: CodeCells =
      text === undefined ? { cells: [], firstNumber: 1 } : (JSON.parse(text) as CodeCells);
    const diff = (await read(attemptName("code_diff", attempt))) ?? "";
    attempts.push({ attempt, cells, firstNumber, diff });
  }
  return new RunSource(run, attempts, (await readCode(run.store, [run.id])).get(run.id));
}

/** The code that made a run; see `Recorder.source`. */
export class RunSource {
  readonly run: Recorder;
  /** Of each start and resumption. */
  readonly attempts: readonly AttemptSource[];
  readonly commit: string | undefined;
  readonly branch: string | undefined;
  /** Whether tracked files had uncommitted changes; undefined outside a repository. */
  readonly dirty: boolean | undefined;
  /** Path of the notebook. */
  readonly notebook: string | undefined;
  /** Command line of the process. */
  readonly command: string | undefined;

  constructor(run: Recorder, attempts: readonly AttemptSource[], code: CodeRow | undefined) {
    this.run = run;
    this.attempts = attempts;
    this.commit = code?.commit ?? undefined;
    this.branch = code?.branch ?? undefined;
    this.dirty = code?.dirty ?? undefined;
    this.notebook = code?.notebook ?? undefined;
    this.command = code?.command ?? undefined;
  }

  /** Cells of all attempts, in the order in which they were run. */
  get cells(): readonly SourceCell[] {
    return this.attempts.flatMap(({ cells }) => cells);
  }

  /** Uncommitted changes of the last attempt. */
  get diff(): string {
    return this.attempts.at(-1)?.diff ?? "";
  }

  /** A row for each cell: `attempt`, `cell`, `id`, `during`, `failed`, `edited`, `code`. */
  toTable(): ColumnTable {
    const rows = this.attempts.flatMap(({ attempt, cells }) => cells.map((cell) => ({ attempt, ...cell })));
    const column = <T>(value: (row: (typeof rows)[number]) => T) => rows.map(value);
    return table({
      attempt: column(({ attempt }) => attempt),
      cell: column(({ number }) => number),
      id: column(({ id }) => id ?? null),
      during: column(({ during }) => during),
      failed: column(({ failed }) => failed),
      edited: column(({ edited }) => edited),
      code: column(({ code }) => code),
    });
  }

  [VIEW](): View {
    const { commit, branch, dirty, notebook, command, cells, diff } = this;
    const before = cells.filter(({ during }) => !during).length;
    const firstNumber = this.attempts.at(-1)?.firstNumber ?? 1;
    const edited = cells.filter((cell) => cell.edited);
    return {
      kind: "source",
      title: `Code of ${this.run.name}`,
      facts: {
        notebook,
        command: notebook === undefined ? command : undefined,
        commit: commit && (dirty ? `${commit}, with uncommitted changes` : commit),
        branch,
      },
      texts: [
        ...cells.map((cell) => ({ title: titleOf(cell), text: cell.code })),
        ...(diff ? [{ title: "Uncommitted changes", text: diff, diff: true }] : []),
      ],
      notes: [
        ...(cells.length
          ? [`${cells.length - before} of ${cells.length} cells ran while the run was open, the others before it`]
          : ["No cells: the run was not started in a notebook"]),
        ...(firstNumber > 1 ? [`Cells before [${firstNumber}] ran before alphabook was imported: not known`] : []),
        ...(edited.length
          ? [`Edited after being run, and not run again: ${edited.map(({ number }) => `[${number}]`).join(", ")}`]
          : []),
      ],
      ref: this,
    };
  }

  toString(): string {
    return `RunSource(${this.run.name}, ${this.cells.length} cells)`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

function titleOf({ number, during, failed, edited }: SourceCell): string {
  const remarks = [during ? "" : "before the run", failed ? "threw" : "", edited ? "edited since" : ""];
  const said = remarks.filter(Boolean).join(", ");
  return `[${number}]${said ? ` ${said}` : ""}`;
}
