import { escapeHtml } from "./escape-html.js";
import type { ShownTable, TableSource } from "./shown-table.js";
import { sizeText, visibleCells, type Cell, type TableOptions, type VisibleColumn } from "./visible-cells.js";

const WIDEST = 60;

/**
 * A table as html: its first and last rows with their true numbers, names with types, its size below.
 *
 * Everything is escaped, headers too. Alignment is inline, because untrusted notebooks and code hosts drop the style sheet that
 * {@link styled} adds. No script.
 */
export function tableHtml(source: TableSource | ShownTable, options: TableOptions = {}): string {
  const visible = visibleCells(source, options);
  const more = visible.columns.length < visible.numColumns;
  const width = visible.columns.length + 1 + (more ? 1 : 0);
  const limits = visible.columns.map(limitOf);
  const heads = visible.columns.map(
    ({ name, type, numeric }) => `<th${align(numeric)}>${short(name)}<br><small>${type}</small></th>`,
  );
  const body = visible.rows.map((row, i) => {
    const cells = visible.columns.map((column, j) => cellHtml(column.cells[i]!, column, limits[j]!, options.wrap));
    return `<tr><td class="ab-i"${align(true)}>${row.toLocaleString("en-US")}</td>${cells.join("")}${more ? "<td>…</td>" : ""}</tr>`;
  });
  if (visible.rows.length < visible.numRows)
    body.splice(visible.head, 0, `<tr class="ab-gap"><td colspan="${width}" style="text-align:center">⋮</td></tr>`);
  return (
    `<table class="dataframe" border="0"><thead><tr><th></th>${heads.join("")}${more ? "<th>…</th>" : ""}</tr></thead>` +
    `<tbody>${body.join("")}</tbody></table><div class="ab-cap"><small>${escapeHtml(sizeText(visible))}</small></div>`
  );
}

const align = (right: boolean, more = "") => ` style="text-align:${right ? "right" : "left"}${more}"`;

function cellHtml({ text, muted, value }: Cell, { numeric, style }: VisibleColumn, limit: number, wrap = false): string {
  const number = numeric && !muted ? Number(value) : NaN;
  const classes = muted ? ' class="ab-m"' : style.cell === "sign" && number < 0 ? ' class="ab-neg"' : "";
  return `<td${classes}${align(numeric, drawing(number, style.cell, limit))}>${wrap ? lines(text) : short(text)}</td>`;
}

function limitOf({ numeric, style, cells }: VisibleColumn): number {
  if (!numeric) return NaN;
  return style.limit ?? Math.max(0, ...cells.map(({ value }) => Math.abs(Number(value))).filter(Number.isFinite));
}

const BLUE = "37,99,199";
const ORANGE = "200,90,30";

function drawing(value: number, cell: "heat" | "bar" | "sign" | undefined, limit: number): string {
  if (Number.isNaN(value) || !(limit > 0) || (cell !== "heat" && cell !== "bar")) return "";
  const share = Math.min(1, Math.abs(value) / limit);
  const color = value < 0 ? ORANGE : BLUE;
  if (cell === "heat") return `;background:rgba(${color},${(share * 0.55).toFixed(2)})`;
  // A thin bar along the lower edge leaves the digits clear; negatives are told by their colour.
  return `;background:linear-gradient(rgba(${color},.55),rgba(${color},.55)) left bottom/${(share * 100).toFixed(0)}% 3px no-repeat`;
}

function lines(text: string): string {
  if (text.length <= WIDEST) return escapeHtml(text);
  return `<div style="white-space:normal;min-width:28ch;max-width:48ch">${escapeHtml(text)}</div>`;
}

function short(text: string): string {
  if (text.length <= WIDEST) return escapeHtml(text);
  return `<span title="${escapeHtml(text)}">${escapeHtml(text.slice(0, WIDEST - 1))}…</span>`;
}
