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
    const { bytes, problem } = await prepareFastStart(installed.spec.argv);
    printFacts(
      json,
      {
        name: installed.name,
        file: installed.file,
        replaced: installed.replaced,
        snapshotBytes: bytes ?? null,
        problem,
      },
      `Installed kernel "${installed.name}": ${installed.file}\n${
        problem === undefined
          ? `It starts from a snapshot of ${Math.round((bytes ?? 0) / 1e6)} MB`
          : `It starts without a snapshot, half a second slower: ${problem}`
      }`,
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

/** Builds the snapshot that the kernel of this command line starts from; without one it starts too. */
async function prepareFastStart(argv: readonly string[]): Promise<{ bytes?: number; problem?: string }> {
  const { buildSnapshot, snapshotFolderOf } = await import("#kernel/snapshot.cjs");
  const folder = snapshotFolderOf(argv);
  if (folder === undefined) return { problem: "this system has no /bin/sh" };
  try {
    const snapshot = await buildSnapshot(folder);
    return snapshot ? { bytes: snapshot.bytes } : { problem: `another process is building one in ${folder}` };
  } catch (error) {
    return { problem: (error as Error).message.split("\n")[0] };
  }
}
