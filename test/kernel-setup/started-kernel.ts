import { symlinkSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, inject } from "vitest";
import { KernelClient, type Answer, type ExecuteReply, type IopubMessage } from "#kernel/client.cjs";
import { kernelArgv, plainStartArgv } from "#kernel/snapshot.cjs";
import { temporaryFolder } from "../temporary-folder.js";

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

/** A temporary folder from which the repository's packages are found. */
export function folderWithPackages(): string {
  const folder = temporaryFolder();
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"), "dir");
  return folder;
}

/** The command line of the kernel under test: it starts in both ways, one after the other. */
function argvUnderTest(): string[] {
  const snapshot = inject("snapshot");
  return snapshot === undefined ? plainStartArgv() : kernelArgv(snapshot);
}

/** A kernel of its own, in a folder of its own unless told; ended after the tests of the file. */
export async function startKernel({
  cwd = temporaryFolder(),
  env = {},
}: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<KernelClient> {
  const kernel = new KernelClient({ argv: argvUnderTest(), cwd, env: { ...process.env, ...env } });
  afterAll(() => kernel.shutdown().then(() => {}));
  return kernel.start();
}

type Executed = Answer<ExecuteReply>;
type Of<Type> = Extract<IopubMessage, { type: Type }>;

export function messages<Type extends IopubMessage["type"]>(executed: Executed, type: Type): Of<Type>[] {
  return executed.iopub.filter((message): message is Of<Type> => message.type === type);
}

/** Everything printed on one stream. */
export function printed(executed: Executed, name: "stdout" | "stderr" = "stdout"): string {
  return messages(executed, "stream")
    .filter(({ content }) => content.name === name)
    .map(({ content }) => content.text)
    .join("");
}

/** The value of the last expression as text; undefined when the cell showed none. */
export function resultText(executed: Executed): unknown {
  return messages(executed, "execute_result").at(-1)?.content.data["text/plain"];
}

/** The text of an error output; undefined when there is none. */
export function traceback(executed: Executed): string | undefined {
  return messages(executed, "error").at(-1)?.content.traceback.join("\n");
}

export const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
