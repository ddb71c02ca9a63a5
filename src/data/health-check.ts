import path from "node:path";
import { formatDatetime } from "../engine/datetime.js";
import { host } from "../host/host.js";
import type { BarSource } from "./bar-source.js";
import { HealthReport, type HealthFinding } from "./health-report.js";

const MAX_EXAMPLES = 3;
const REQUIRED = ["$open", "$high", "$low", "$close", "$volume"];
/** Steps from one stored day to the next that are looked at, as a share of the earlier value. */
const PRICE_STEP = 0.5;
const VOLUME_STEP = 3;
/** How far a stored change may be from what the closes say: float32 prices leave about 1e-7 of each. */
const CHANGE_TOLERANCE = 1e-4;
/** Share of an instrument's days without any value from which it is named. */
const MANY_MISSING = 0.1;

/** One test of every stored row: `values` are its fields in the order of `fields`, `before` those of the previous stored row. */
interface RowCheck {
  readonly check: string;
  readonly severity: HealthFinding["severity"];
  readonly fields: readonly string[];
  isFault(values: readonly number[], before: readonly number[]): boolean;
}

const stepOver =
  (limit: number) =>
  ([now]: readonly number[], [then]: readonly number[]) =>
    then! > 0 && Math.abs(now! / then! - 1) > limit;

const ROW_CHECKS: readonly RowCheck[] = [
  { check: "high below low", severity: "error", fields: ["$high", "$low"], isFault: ([high, low]) => high! < low! },
  {
    check: "high below open or close",
    severity: "error",
    fields: ["$high", "$open", "$close"],
    isFault: ([high, open, close]) => high! < Math.max(open!, close!),
  },
  {
    check: "low above open or close",
    severity: "error",
    fields: ["$low", "$open", "$close"],
    isFault: ([low, open, close]) => low! > Math.min(open!, close!),
  },
  ...REQUIRED.slice(0, 4).map((field): RowCheck => ({
    check: "price not above 0",
    severity: "error",
    fields: [field],
    isFault: ([price]) => price! <= 0,
  })),
  { check: "volume below 0", severity: "error", fields: ["$volume"], isFault: ([volume]) => volume! < 0 },
  { check: "factor not above 0", severity: "error", fields: ["$factor"], isFault: ([factor]) => factor! <= 0 },
  {
    check: "change is not close / previous close - 1",
    severity: "warning",
    fields: ["$close", "$change"],
    isFault: ([close, change], [before]) => Math.abs(close! / before! - 1 - change!) > CHANGE_TOLERANCE,
  },
  { check: "volume 0", severity: "warning", fields: ["$volume"], isFault: ([volume]) => volume === 0 },
  {
    check: `price step above ${PRICE_STEP * 100} %`,
    severity: "warning",
    fields: ["$close"],
    isFault: stepOver(PRICE_STEP),
  },
  {
    check: `volume step above ${VOLUME_STEP * 100} %`,
    severity: "warning",
    fields: ["$volume"],
    isFault: stepOver(VOLUME_STEP),
  },
];

/** Runs all checks over a source's stored rows. */
export async function checkHealth(name: string, source: BarSource): Promise<HealthReport> {
  const columns = await source.load(source.storedFields, { onDuplicate: "keepFirst" });
  const findings: HealthFinding[] = [...(await duplicateKeys(source)), ...(await unsortedFiles(source))];
  for (const field of REQUIRED) {
    if (!source.storedFields.includes(field))
      findings.push({ check: "column missing", field, count: 1, severity: "error", examples: [], files: [] });
  }
  for (const check of ROW_CHECKS) {
    if (!check.fields.every((field) => columns.has(field))) continue;
    await host.breathe();
    findings.push(...checkRows(source, columns, check));
  }
  const absent = absentRows(source, columns);
  findings.push(...absent.finding("no row between first and last day", "all", "warning"));
  findings.push(...mostlyAbsent(source, absent));
  for (const field of source.storedFields) {
    await host.breathe();
    findings.push(...checkPresence(source, field, columns.get(field)!, absent));
  }
  return new HealthReport(name, columns.get(source.storedFields[0]!)!.length, findings);
}

async function duplicateKeys(source: BarSource): Promise<HealthFinding[]> {
  const { count, examples, files } = await source.findDuplicates();
  const check = { check: "duplicate key", field: "instrument, datetime", severity: "error" } as const;
  return count ? [{ ...check, count, examples, files }] : [];
}

/** They are put in order when read, so that this is a warning: someone may have joined files without looking. */
async function unsortedFiles(source: BarSource): Promise<HealthFinding[]> {
  const found = await source.findUnsorted();
  return found.map(({ file, count, examples }) => ({
    check: "rows not in order of time",
    field: "datetime",
    severity: "warning",
    count,
    examples,
    files: [path.basename(file)],
  }));
}

/** Instruments of which a large part of the days is missing. */
function mostlyAbsent(source: BarSource, { cells }: Places): HealthFinding[] {
  const shares = source.ranges.map(({ instrument, length, offset }) => {
    let missing = 0;
    for (let t = 0; t < length; t++) if (cells.has(offset + t)) missing++;
    return { instrument, share: missing / length };
  });
  const many = shares.filter(({ share }) => share > MANY_MISSING).sort((a, b) => b.share - a.share);
  if (many.length === 0) return [];
  const first = many.slice(0, MAX_EXAMPLES);
  return [
    {
      check: `more than ${MANY_MISSING * 100} % of the days missing`,
      field: "all",
      severity: "warning",
      count: many.length,
      examples: first.map(({ instrument, share }) => `${instrument} ${Math.round(share * 100)} %`),
      files: [...new Set(first.flatMap(({ instrument }) => source.filesOf(instrument)))],
    },
  ];
}

function checkRows(
  source: BarSource,
  columns: ReadonlyMap<string, Float64Array>,
  { check, severity, fields, isFault }: RowCheck,
): HealthFinding[] {
  const places = new Places(source);
  const inputs = fields.map((field) => columns.get(field)!);
  const [now, before] = [fields.map(() => NaN), fields.map(() => NaN)];
  for (const { instrument, first, length, offset } of source.ranges) {
    before.fill(NaN);
    for (let t = 0; t < length; t++) {
      for (let i = 0; i < inputs.length; i++) now[i] = inputs[i]![offset + t]!;
      if (Number.isNaN(now[0]!)) continue;
      if (isFault(now, before)) places.add(instrument, first + t);
      for (let i = 0; i < inputs.length; i++) before[i] = now[i]!;
    }
  }
  return places.finding(check, fields.join(", "), severity);
}

/** Days between an instrument's first and last with nothing in any field: suspended, or lost. */
function absentRows(source: BarSource, columns: ReadonlyMap<string, Float64Array>): Places {
  const places = new Places(source);
  const fields = [...columns.values()];
  for (const { instrument, first, length, offset } of source.ranges) {
    for (let t = 0; t < length; t++) {
      if (fields.every((column) => Number.isNaN(column[offset + t]!))) places.add(instrument, first + t, offset + t);
    }
  }
  return places;
}

/** Values missing in this field although the row has others, and infinite ones. */
function checkPresence(source: BarSource, field: string, column: Float64Array, absent: Places): HealthFinding[] {
  const [missing, infinite] = [new Places(source), new Places(source)];
  for (const { instrument, first, length, offset } of source.ranges) {
    for (let t = 0; t < length; t++) {
      const value = column[offset + t]!;
      if (value - value === 0 || absent.cells.has(offset + t)) continue;
      (Number.isNaN(value) ? missing : infinite).add(instrument, first + t);
    }
  }
  return [...missing.finding("value missing", field, "warning"), ...infinite.finding("infinite", field, "error")];
}

class Places {
  /** Places in the flat columns, where they were given. */
  readonly cells = new Set<number>();
  readonly #source: BarSource;
  readonly #examples: string[] = [];
  readonly #files = new Set<string>();
  #count = 0;

  constructor(source: BarSource) {
    this.#source = source;
  }

  add(instrument: string, day: number, cell?: number): void {
    this.#count++;
    if (cell !== undefined) this.cells.add(cell);
    if (this.#examples.length >= MAX_EXAMPLES) return;
    this.#examples.push(`${instrument} ${formatDatetime(this.#source.calendar.at(day))}`);
    for (const file of this.#source.filesOf(instrument)) this.#files.add(file);
  }

  finding(check: string, field: string, severity: HealthFinding["severity"]): HealthFinding[] {
    const found = { check, field, count: this.#count, severity, examples: this.#examples, files: [...this.#files] };
    return this.#count ? [found] : [];
  }
}
