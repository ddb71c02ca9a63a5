/** Unchanged lines shown around a change. */
const CONTEXT = 2;
/** More pairs of lines than this are not compared one by one: the texts are shown as replaced. */
const MAX_PAIRS = 4_000_000;

/**
 * What changes a text into another, by lines: `-` those taken away, `+` those added, ` ` two unchanged ones around
 * them, `…` where more are left out. "" for equal texts; ends of lines count no spaces.
 *
 * @example
 * diffLines("a\nb\nc", "a\nB\nc") // -> " a\n-b\n+B\n c"
 */
export function diffLines(before: string, after: string): string {
  const [a, b] = [before, after].map((text) => (text === "" ? [] : text.split("\n").map((line) => line.trimEnd())));
  const marked = markLines(a!, b!);
  const shown = marked.map((_, i) =>
    marked.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some((line) => !line.startsWith(" ")),
  );
  if (!shown.includes(true)) return "";
  return marked.flatMap((line, i) => (shown[i] ? [line] : i === 0 || shown[i - 1] ? ["…"] : [])).join("\n");
}

/** All lines of both, marked; the common ones by the longest common subsequence. */
function markLines(a: readonly string[], b: readonly string[]): string[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const middle = markMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return [...a.slice(0, start).map(kept), ...middle, ...a.slice(a.length - end).map(kept)];
}

function markMiddle(a: readonly string[], b: readonly string[]): string[] {
  if (a.length * b.length > MAX_PAIRS) return [...a.map(taken), ...b.map(added)];
  const width = b.length + 1;
  // lengths[i * width + j]: of the longest common subsequence of a from i and b from j.
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(kept(a[i++]!));
      j++;
    } else if (j >= b.length || (i < a.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!))
      lines.push(taken(a[i++]!));
    else lines.push(added(b[j++]!));
  }
  return lines;
}

const kept = (line: string) => ` ${line}`;
const taken = (line: string) => `-${line}`;
const added = (line: string) => `+${line}`;
