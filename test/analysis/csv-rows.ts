/** Lines of a CSV with a header; cells may be quoted. An unnamed first column is called `name`. */
export function csvRows(text: string): Record<string, string>[] {
  const [header, ...lines] = text.trim().split("\n").map(cells);
  return lines.map((line) => Object.fromEntries(header!.map((column, i) => [column || "name", line[i]!])));
}

const cells = (line: string): string[] =>
  [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain!.trim() : quoted.replaceAll('""', '"'),
  );
