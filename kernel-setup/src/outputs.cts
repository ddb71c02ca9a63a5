import type { CodeCell, Output } from "./notebook-file.cjs";
import type { IopubMessage } from "./wire.cjs";

type Displayable = Extract<Output, { data: unknown }>;
type Shown = Extract<IopubMessage, { content: { data: unknown } }>;

/**
 * Turns what a kernel broadcasts into the outputs of cells, by the rules of a notebook front end: neighbouring pieces of one stream
 * become one output, a display with an id is updated wherever it stands, `clear_output(wait)` clears when the next output comes.
 */
export class OutputCollector {
  /** Displays by their id; a notebook file does not keep the ids. */
  readonly #displays = new Map<string, Set<Displayable>>();
  readonly #clearNext = new Set<CodeCell>();

  /** Applies one broadcast message to the cell it belongs to (and to displays of other cells that it updates). */
  apply(cell: CodeCell, message: IopubMessage): void {
    switch (message.type) {
      case "execute_input":
        cell.execution_count = message.content.execution_count;
        return;
      case "stream":
        this.#clearIfDue(cell);
        appendStream(cell, message.content.name, message.content.text);
        return;
      case "display_data":
        this.#show(cell, message, { output_type: "display_data", ...shown(message) });
        return;
      case "execute_result":
        this.#show(cell, message, {
          output_type: "execute_result",
          ...shown(message),
          execution_count: message.content.execution_count,
        });
        return;
      case "update_display_data":
        this.#update(message);
        return;
      case "error": {
        const { ename, evalue, traceback } = message.content;
        this.#add(cell, { output_type: "error", ename, evalue, traceback: [...traceback] });
        return;
      }
      case "clear_output":
        if (message.content.wait) this.#clearNext.add(cell);
        else this.#clear(cell);
        return;
      case "status":
        return;
    }
  }

  #show(cell: CodeCell, message: Shown, output: Displayable): void {
    this.#update(message);
    this.#add(cell, output);
    const id = message.content.transient?.display_id;
    if (id === undefined) return;
    if (!this.#displays.has(id)) this.#displays.set(id, new Set());
    this.#displays.get(id)!.add(output);
  }

  #update(message: Shown): void {
    const id = message.content.transient?.display_id;
    if (id === undefined) return;
    for (const output of this.#displays.get(id) ?? []) Object.assign(output, shown(message));
  }

  #add(cell: CodeCell, output: Output): void {
    this.#clearIfDue(cell);
    cell.outputs.push(output);
  }

  #clearIfDue(cell: CodeCell): void {
    if (this.#clearNext.delete(cell)) this.#clear(cell);
  }

  #clear(cell: CodeCell): void {
    for (const displays of this.#displays.values()) {
      for (const output of cell.outputs) displays.delete(output as Displayable);
    }
    cell.outputs = [];
  }
}

/** The outputs a front end would show for these messages of one cell. */
export function outputsOf(messages: readonly IopubMessage[]): Output[] {
  const cell: CodeCell = { cell_type: "code", source: "", metadata: {}, execution_count: null, outputs: [] };
  const collector = new OutputCollector();
  for (const message of messages) collector.apply(cell, message);
  return cell.outputs;
}

function shown(message: Shown): { data: Record<string, unknown>; metadata: Record<string, unknown> } {
  return { data: message.content.data, metadata: message.content.metadata };
}

function appendStream(cell: CodeCell, name: "stdout" | "stderr", text: string): void {
  const last = cell.outputs.at(-1);
  if (last?.output_type === "stream" && last.name === name) last.text = (last.text as string) + text;
  else cell.outputs.push({ output_type: "stream", name, text });
}
