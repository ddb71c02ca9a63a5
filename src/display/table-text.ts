import type { ShownTable, TableSource } from "./shown-table.js";
import { sizeText, visibleCells, type TableOptions } from "./visible-cells.js";

const WIDEST = 60;

/**
 * A table as aligned text: for terminals, and beside the html in a bundle.
 *
 * @example
 * tableText([{ name: "a", ic: 0.05 }]) // -> "   name    ic\n0  a     0.05\n1 row × 2 columns"
 */
export function tableText(source: TableSource | ShownTable, options: TableOptions = {}): string {
  const visible = visibleCells(source, options);
  const gap = visible.rows.length < visible.numRows;
  const withGap = (texts: readonly string[], mark: string) =>
    gap ? [...texts.slice(0, visible.head), mark, ...texts.slice(visible.head)] : texts;
  const columns = [
    aligned("", withGap(visible.rows.map(String), "…"), true),
    ...visible.columns.map(({ name, numeric, cells }) =>
      aligned(
        oneLine(name),
        withGap(
          cells.map(({ text }) => oneLine(text)),
          "…",
        ),
        numeric,
      ),
    ),
    ...(visible.columns.length < visible.numColumns
      ? [
          aligned(
            "…",
            withGap(
              visible.rows.map(() => "…"),
              "…",
            ),
            false,
          ),
        ]
      : []),
  ];
  const lines = Array.from({ length: columns[0]!.length }, (_, row) =>
    columns
      .map((column) => column[row]!)
      .join("  ")
      .trimEnd(),
  );
  return [...lines, sizeText(visible)].join("\n");
}

function aligned(name: string, texts: readonly string[], right: boolean): string[] {
  const all = [name, ...texts];
  const width = Math.max(...all.map((text) => text.length));
  return all.map((text) => (right ? text.padStart(width) : text.padEnd(width)));
}

function oneLine(text: string): string {
  const line = text.replace(/[\r\n\t]+/g, " ");
  return line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line;
}
