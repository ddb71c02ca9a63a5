import { existsSync, readFileSync } from "node:fs";
import type { LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";

const TYPESCRIPT = /\.m?ts$/;

/** `./model.js`, or `./model`, in a TypeScript file may mean `./model.ts`, as the compiler has it. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const { parentURL } = context;
  if (/^\.{1,2}\//.test(specifier) && parentURL?.startsWith("file:") && TYPESCRIPT.test(parentURL)) {
    const wanted = new URL(specifier, parentURL);
    const twin = new URL(TYPESCRIPT.test(wanted.pathname) ? wanted : `${wanted.href.replace(/\.js$/, "")}.ts`);
    if (!existsSync(wanted) && existsSync(twin)) return next(twin.href, context);
  }
  return next(specifier, context);
};

/** A TypeScript file as JavaScript; types are not checked here, a notebook and an editor have done so. */
export const load: LoadHook = async (url, context, next) => {
  if (!url.startsWith("file:") || !TYPESCRIPT.test(new URL(url).pathname)) return next(url, context);
  const file = fileURLToPath(url);
  const { default: ts } = await import("typescript");
  const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
    fileName: file,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, inlineSourceMap: true },
  });
  return { format: "module", source: outputText, shortCircuit: true };
};
