/**
 * Events that change some columns of a row and leave the others: of each column the last event that names it wins. A patch names a
 * column also by null, so a bit per column says which ones it names.
 */
export interface PatchKind {
  readonly event: "experiment" | "run" | "attempt";
  /** Table of the folded rows, and with `_events` of the patches, in schema `tail`. */
  readonly table: "experiments" | "runs" | "attempts";
  readonly keys: readonly PatchColumn[];
  readonly fields: readonly PatchColumn[];
}

export interface PatchColumn {
  /** In the event. */
  readonly field: string;
  readonly column: string;
  readonly type: "text" | "integer" | "time" | "boolean";
}

const column = (type: PatchColumn["type"], field: string, name = snakeCase(field)): PatchColumn => ({
  field,
  column: name,
  type,
});
const text = (field: string, name?: string) => column("text", field, name);
const integer = (field: string, name?: string) => column("integer", field, name);
const time = (field: string, name?: string) => column("time", field, name);

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export const EXPERIMENT: PatchKind = {
  event: "experiment",
  table: "experiments",
  keys: [text("experiment", "experiment_id")],
  fields: [text("name"), time("createdAt"), time("deletedAt")],
};

export const RUN: PatchKind = {
  event: "run",
  table: "runs",
  keys: [text("r", "run_id")],
  fields: [
    text("experiment", "experiment_id"),
    text("name"),
    text("status"),
    text("reason"),
    time("startTime"),
    time("endTime"),
    time("heartbeat"),
    text("host"),
    integer("pid"),
    integer("processStart"),
    text("processSpace"),
    text("userName"),
    text("notebook"),
    text("gitCommit"),
    text("gitBranch"),
    column("boolean", "gitDirty"),
    text("parentRun", "parent_run_id"),
    time("deletedAt"),
  ],
};

export const ATTEMPT: PatchKind = {
  event: "attempt",
  table: "attempts",
  keys: [text("r", "run_id"), integer("attempt")],
  fields: [
    time("startTime"),
    time("endTime"),
    text("status"),
    text("reason"),
    text("errorName"),
    text("errorMessage"),
    text("errorStack"),
    text("command"),
    text("host"),
    integer("pid"),
  ],
};

export const PATCH_KINDS = [EXPERIMENT, RUN, ATTEMPT] as const;

export const SQL_TYPES = { text: "VARCHAR", integer: "BIGINT", time: "BIGINT", boolean: "BOOLEAN" } as const;
