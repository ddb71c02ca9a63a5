import type { Cell, Notebook, Output } from "#kernel/run.cjs";

/** A notebook of these cells, as a kernel for TypeScript leaves it. */
export function notebookOf(...cells: Cell[]): Notebook {
  const metadata = {
    kernelspec: { name: "alphabook", display_name: "TypeScript (alphabook)", language: "typescript" },
  };
  return { nbformat: 4, nbformat_minor: 5, metadata, cells };
}

export function codeCell(source: string, outputs: Output[] = [], tags: string[] = []): Cell {
  return { cell_type: "code", source, outputs, execution_count: 7, metadata: { tags } };
}

export function textCell(source: string): Cell {
  return { cell_type: "markdown", source, metadata: {} };
}

export function shown(data: Record<string, unknown>, metadata: Record<string, unknown> = {}): Output {
  return { output_type: "display_data", data, metadata };
}
