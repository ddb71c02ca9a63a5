import { existsSync } from "node:fs";
import { reachedDeclarations } from "./declarations.cjs";
import { TypeScriptError } from "./errors.cjs";
import type { LiveVariables } from "./live-variables.cjs";
import { forgetFreshMaps, publishMap } from "./source-maps.cjs";
import { tslabPart, type Converted, type Converter, type Diagnostic } from "./tslab.cjs";

/** tslab's converter, with what it forgets: why a cell was refused, where its lines are, and what a cell that threw had declared. */
export class Compiler {
  /** To be handed to tslab's executor. */
  readonly converter: Converter;
  #browser: Converter | undefined;
  /** Declarations after a cell that threw, until the next that does not. */
  #kept: string | undefined;
  #earlier = "";
  #declared: string | undefined;
  #failure: TypeScriptError | undefined;
  #file = "cell";
  readonly #live: LiveVariables;

  constructor(live: LiveVariables) {
    this.#live = live;
    const converter = create(false);
    const earlier = (given: string) => this.#kept ?? given;
    this.converter = {
      ...converter,
      convert: (given, source) => this.#convert(converter, earlier(given), source),
      inspect: (given, source, position) => converter.inspect(earlier(given), source, position),
      complete: (given, source, position) => converter.complete(earlier(given), source, position),
      addModule: (name, content, meta) => this.#refuse(converter.addModule(name, content, meta), content, name),
    };
    // TypeScript reads and checks its libraries now, not in the first cell.
    converter.convert("", "0");
    forgetFreshMaps();
  }

  /** tslab's other converter, made when a cell asks for a browser's types. */
  get browser(): Converter {
    return (this.#browser ??= create(true));
  }

  /** Before a cell runs. @param file Its name in stacks. */
  begin(file: string): void {
    this.#file = file;
    this.#failure = undefined;
    this.#declared = undefined;
  }

  /** After a cell ran. @throws TypeScriptError when TypeScript refused it. */
  end(succeeded: boolean, variables: Readonly<Record<string, unknown>>): void {
    if (succeeded) this.#kept = undefined;
    // As Python keeps the names that were bound before an error.
    else if (this.#declared !== undefined) this.#kept = reachedDeclarations(this.#declared, this.#earlier, (name) => variables[name] !== undefined);
    if (this.#failure) throw this.#failure;
  }

  #convert(converter: Converter, earlier: string, source: string): Converted {
    const converted = converter.convert(earlier, source);
    this.#earlier = earlier;
    if (this.#refuse(converted.diagnostics, source, this.#file).length === 0) this.#declared = converted.declOutput ?? "";
    if (converted.output !== undefined) {
      publishMap(this.#file, converted.output);
      converted.output = this.#live.prologue(source) + converted.output;
    }
    for (const { path, data } of converted.sideOutputs ?? []) publishMap(path, data, sourceOf(path));
    forgetFreshMaps();
    return converted;
  }

  #refuse<Diagnostics extends readonly Diagnostic[]>(diagnostics: Diagnostics, source: string, file: string): Diagnostics {
    if (diagnostics.length > 0) this.#failure = new TypeScriptError(diagnostics, source, file);
    return diagnostics;
  }
}

const create = (isBrowser: boolean) => tslabPart("converter.js").createConverter({ isJS: false, isBrowser });

/** The file beside the notebook that tslab translated to `path`. */
function sourceOf(path: string): string {
  return [".ts", ".tsx"].map((extension) => path.replace(/\.js$/, extension)).find((file) => existsSync(file)) ?? path;
}
