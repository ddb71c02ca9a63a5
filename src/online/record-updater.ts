import type { ColumnTable } from "arquero";

/** What an update did. */
export interface UpdateResult {
  /** `up to date`: nothing to do. */
  readonly status: "updated" | "up to date";
  /** First and last day made anew, `YYYY-MM-DD`; null when nothing was. */
  readonly from: string | null;
  readonly to: string | null;
  /** Rows made anew. */
  readonly rows: number;
  /** The whole table as it is now, old rows and new; undefined when nothing was done. */
  readonly table: ColumnTable | undefined;
  /** What a reader must know: days moved or cut. */
  readonly notes: readonly string[];
}

/** Brings an artifact of a run up to date. In Qlib: qlib.workflow.online.update.RecordUpdater */
export interface RecordUpdater {
  update(options?: { readonly write?: boolean }): Promise<UpdateResult>;
}
