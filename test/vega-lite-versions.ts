import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as vega from "vega";
import * as current from "vega-lite";

/** The two ends of the range that a specification must be valid for: JupyterLab's version and ours. */
export interface VegaLiteVersion {
  readonly version: string;
  /** Messages that compiling a specification gives; @throws when it cannot be compiled. */
  compile(spec: unknown): string[];
}

type Compile = (spec: never, options: { logger: unknown }) => unknown;

/** Version 5.6.1 is CommonJS and would `require` vega, which cannot be required: it is given ours. */
function oldest(): { version: string; compile: Compile } {
  const file = createRequire(import.meta.url).resolve("vega-lite-5/build/vega-lite.js");
  const own = createRequire(file);
  const module = { exports: {} };
  new Function("exports", "require", "module", readFileSync(file, "utf8"))(
    module.exports,
    (name: string) => (name === "vega" ? vega : own(name)),
    module,
  );
  return module.exports as { version: string; compile: Compile };
}

export const VEGA_LITE_VERSIONS: readonly VegaLiteVersion[] = [
  oldest(),
  current as unknown as { version: string; compile: Compile },
].map(({ version, compile }) => ({
  version,
  compile(spec) {
    const messages: string[] = [];
    const keep = (...parts: unknown[]) => (messages.push(parts.map(String).join(" ")), logger);
    const logger = { level: () => logger, error: keep, warn: keep, info: () => logger, debug: () => logger };
    compile(spec as never, { logger });
    return messages;
  },
}));
