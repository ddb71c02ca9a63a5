import type { Command } from "commander";

/** Adds an example line to a command's help. */
export function example(command: Command, line: string): Command {
  return command.addHelpText("after", `\nExample:\n  ${line}`);
}

/** Prints facts: JSON for machines, else the text. */
export function printFacts(json: boolean | undefined, facts: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(facts, null, 2) : text}\n`);
}
