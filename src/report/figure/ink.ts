export type Mode = "light" | "dark";

/** The colours of a figure by what they stand for; safe for the common colour blindnesses (blue against orange, never red against green). */
export interface Ink {
  readonly background: string;
  readonly title: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly domain: string;
  readonly rule: string;
  readonly strategy: string;
  readonly bench: string;
  readonly excess: string;
  readonly negative: string;
  /** Seven stops from the most negative to the most positive, for heat maps. */
  readonly diverging: readonly string[];
  /** Text on the pale middle of `diverging`. */
  readonly onDiverging: string;
  /** Colour of bucket `i` (0 = lowest score) of `count`. */
  quantile(i: number, count: number): string;
  /** Distinct colours for unordered series. */
  readonly series: readonly string[];
}

const LIGHT_QUINTILES = ["#c2410c", "#e3a173", "#a3aab5", "#7ea0e0", "#1d4ed8"];
const DARK_QUINTILES = ["#fb923c", "#d8a27a", "#8b93a1", "#7fa3dd", "#6ea8fe"];

const LIGHT: Ink = {
  background: "#ffffff",
  title: "#111827",
  text: "#374151",
  muted: "#6b7280",
  grid: "#eceef1",
  domain: "#c9ced6",
  rule: "#9ca3af",
  strategy: "#1d4ed8",
  bench: "#8b93a1",
  excess: "#d9730d",
  negative: "#b91c1c",
  diverging: ["#a8430f", "#dd8a55", "#f6dccb", "#f6f7f8", "#cfe1f4", "#76abdd", "#1b5fae"],
  onDiverging: "#1f2937",
  quantile: (i, count) => along(LIGHT_QUINTILES, i, count),
  series: ["#1d4ed8", "#d9730d", "#6b7280", "#0891b2", "#7c3aed", "#b45309", "#0f766e", "#be185d"],
};

const DARK: Ink = {
  background: "#14161b",
  title: "#f3f4f6",
  text: "#cbd0d8",
  muted: "#9097a3",
  grid: "#262a32",
  domain: "#3a404b",
  rule: "#5b6270",
  strategy: "#6ea8fe",
  bench: "#9aa3b2",
  excess: "#f5a35c",
  negative: "#f87171",
  diverging: ["#c65a1e", "#8f4a24", "#523729", "#23272f", "#27405f", "#2f68ac", "#4d9bff"],
  onDiverging: "#e5e7eb",
  quantile: (i, count) => along(DARK_QUINTILES, i, count),
  series: ["#6ea8fe", "#f5a35c", "#9aa3b2", "#22d3ee", "#a78bfa", "#fbbf24", "#2dd4bf", "#f472b6"],
};

export function ink(mode: Mode): Ink {
  return mode === "dark" ? DARK : LIGHT;
}

/** A colour at `i` of `count` steps along a ramp, mixed in rgb. */
function along(ramp: readonly string[], i: number, count: number): string {
  const at = count < 2 ? 0 : (i / (count - 1)) * (ramp.length - 1);
  const [from, share] = [Math.min(ramp.length - 2, Math.floor(at)), at - Math.min(ramp.length - 2, Math.floor(at))];
  const channel = (color: string, c: number) => parseInt(color.slice(1 + 2 * c, 3 + 2 * c), 16);
  const mixed = [0, 1, 2].map((c) =>
    Math.round(channel(ramp[from]!, c) * (1 - share) + channel(ramp[from + 1]!, c) * share),
  );
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
