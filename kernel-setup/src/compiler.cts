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
  /** Declarations after the last cell that did not throw, as tslab's executor keeps them. */
  #previous = "";
  #prepared: { readonly earlier: string; readonly source: string; readonly converted: Converted } | undefined;
  /** Local files translated for a cell that was interrupted before it ran: tslab will not translate them again. */
  #unused: NonNullable<Converted["sideOutputs"]>[number][] = [];
  #earlier = "";
  #declared: string | undefined;
  #failure: TypeScriptError | undefined;
  #file = "cell";
  readonly #live: LiveVariables;
  readonly #translate: Converter["convert"];

  constructor(live: LiveVariables) {
    this.#live = live;
    const converter = create(false);
    this.#translate = converter.convert;
    const earlier = (given: string) => this.#kept ?? given;
    this.converter = {
      ...converter,
      convert: (given, source) => this.#convert(earlier(given), source),
      inspect: (given, source, position) => converter.inspect(earlier(given), source, position),
      complete: (given, source, position) => converter.complete(earlier(given), source, position),
      addModule: (name, content, meta) => this.#refuse(converter.addModule(name, content, meta), content, name),
    };
  }

  /** Lets TypeScript read and check its libraries now, not in the first cell. */
  warm(): void {
    this.#translate("", "0");
    forgetFreshMaps();
  }

  /** tslab's other converter, made when a cell asks for a browser's types. */
  get browser(): Converter {
    return (this.#browser ??= create(true));
  }

  /**
   * Before a cell runs: translates it, so that an interrupt that comes meanwhile can be heard before tslab, which would translate
   * and run without a pause, starts it.
   * @param file Its name in stacks.
   */
  begin(file: string, source: string): void {
    this.#file = file;
    this.#failure = undefined;
    this.#declared = undefined;
    // tslab has other ways with a cell that says what it is.
    if (/@(?:module|browser|jsx)\b/.test(source)) return;
    const earlier = this.#kept ?? this.#previous;
    this.#takePrepared();
    this.#prepared = { earlier, source, converted: this.#translate(earlier, source) };
  }

  /** After a cell ran. @throws TypeScriptError when TypeScript refused it. */
  end(succeeded: boolean, variables: Readonly<Record<string, unknown>>): void {
    if (succeeded) {
      this.#kept = undefined;
      this.#previous = this.#declared ?? this.#previous;
    }
    // As Python keeps the names that were bound before an error.
    else if (this.#declared !== undefined)
      this.#kept = reachedDeclarations(this.#declared, this.#earlier, (name) => variables[name] !== undefined);
    if (this.#failure) throw this.#failure;
  }

  #convert(earlier: string, source: string): Converted {
    const converted = this.#takePrepared(earlier, source) ?? this.#translate(earlier, source);
    converted.sideOutputs = [...this.#unused, ...(converted.sideOutputs ?? [])];
    this.#unused = [];
    this.#earlier = earlier;
    if (this.#refuse(converted.diagnostics, source, this.#file).length === 0)
      this.#declared = converted.declOutput ?? "";
    if (converted.output !== undefined) {
      publishMap(this.#file, converted.output);
      converted.output = this.#live.prologue(source) + converted.output;
    }
    for (const { path, data } of converted.sideOutputs) publishMap(path, data, sourceOf(path));
    forgetFreshMaps();
    return converted;
  }

  /** What was translated in advance, if it is of this cell; else it is put away. */
  #takePrepared(earlier?: string, source?: string): Converted | undefined {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    if (prepared && prepared.source === source && prepared.earlier === earlier) return prepared.converted;
    this.#unused.push(...(prepared?.converted.sideOutputs ?? []));
    return undefined;
  }

  #refuse<Diagnostics extends readonly Diagnostic[]>(
    diagnostics: Diagnostics,
    source: string,
    file: string,
  ): Diagnostics {
    if (diagnostics.length > 0) this.#failure = new TypeScriptError(diagnostics, source, file);
    return diagnostics;
  }
}

const create = (isBrowser: boolean) => tslabPart("converter.js").createConverter({ isJS: false, isBrowser });

/** The file beside the notebook that tslab translated to `path`. */
function sourceOf(path: string): string {
  return [".ts", ".tsx"].map((extension) => path.replace(/\.js$/, extension)).find((file) => existsSync(file)) ?? path;
}
