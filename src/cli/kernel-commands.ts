import type { Command } from "commander";
import { example, printFacts } from "./command.js";

interface KernelOptions {
  readonly prefix?: string;
  readonly name?: string;
  readonly json?: true;
}

export function addKernelCommands(program: Command): void {
  const kernel = program
    .command("kernel")
    .description("The TypeScript kernel for Jupyter, VS Code and headless runs.")
    .exitOverride();

  const command = (name: string, description: string) =>
    kernel
      .command(name)
      .description(description)
      .exitOverride()
      .option("--prefix <dir>", "use <dir>/share/jupyter (a virtual environment) instead of your Jupyter folder")
      .option("--name <name>", "the kernel's name", "alphabook")
      .option("--json", "print facts for machines");

  example(
    command("install", "Write the kernelspec, so that notebook front ends offer the kernel."),
    "alphabook kernel install --prefix .venv",
  ).action(async ({ prefix, name, json }: KernelOptions) => {
    const { installKernel } = await import("#kernel/spec.cjs");
    const installed = installKernel({ prefix, name });
    printFacts(
      json,
      { name: installed.name, file: installed.file, replaced: installed.replaced },
      `Installed kernel "${installed.name}": ${installed.file}`,
    );
  });

  example(
    command("uninstall", "Remove the kernelspec; one that is not ours stays."),
    "alphabook kernel uninstall",
  ).action(async ({ prefix, name, json }: KernelOptions) => {
    const { uninstallKernel } = await import("#kernel/spec.cjs");
    const folder = uninstallKernel({ prefix, name });
    printFacts(json, { removed: folder ?? null }, folder ? `Removed ${folder}` : `Kernel "${name}" is not installed`);
  });

  example(
    command("check", "Look whether the kernel is installed, complete and alive; takes some seconds."),
    "alphabook kernel check --json",
  ).action(async ({ prefix, name, json }: KernelOptions) => {
    const { checkKernel, formatChecks } = await import("#kernel/check.cjs");
    const result = await checkKernel({ prefix, name });
    printFacts(json, result, formatChecks(result));
    if (!result.ok) process.exitCode = 1;
  });
}
