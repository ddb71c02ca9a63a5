import ts from "typescript";

const bindSourceFile = (ts as unknown as { bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void })
  .bindSourceFile;

type Variables = Record<string, unknown>;
type Setters = Readonly<Record<string, (value: unknown) => void>>;
/** tslab's global object, from which every cell takes the first two. */
interface Box {
  exports: Variables;
  require: NodeJS.Require;
  declare?: (names: readonly string[], setters: Setters) => Variables;
}

/**
 * Variables that later cells set. tslab keeps a cell's variables as JavaScript's own, and a copy of each for later cells; a later
 * `alpha = 5` sets the copy, and a function of the first cell would still see the old value. So each cell leaves a setter for
 * every variable that can be set; and when a name is declared again, the old variable of that name stays to its own functions.
 */
export class LiveVariables {
  /** Who declared a name last. */
  readonly #owners = new Map<string, Setters>();

  /** Text to stand before a cell's JavaScript, on its first line; empty for a cell that declares nothing. */
  prologue(source: string): string {
    const { all, settable } = declaredNames(source);
    if (all.length === 0) return "";
    let value = "$value";
    while (all.includes(value)) value += "$";
    const setters = settable.map((name) => `${name}(${value}) { ${name} = ${value}; }`);
    return `exports = __tslab__.declare(${JSON.stringify(all)}, { ${setters.join(", ")} });`;
  }

  /** From now on cells set tslab's variables through here. */
  serveCells(): void {
    const box = (globalThis as unknown as { __tslab__: Box }).__tslab__;
    const shared = targetOf(box.exports);
    box.exports = this.#forCell(shared, new Set(), {});
    box.declare = (names, setters) => {
      for (const name of names) this.#owners.set(name, setters);
      return this.#forCell(shared, new Set(names), setters);
    };
  }

  /** The shared variables as a cell that declares `own` sets them. */
  #forCell(shared: Variables, own: ReadonlySet<string>, me: Setters): Variables {
    const set = (_target: Variables, key: string | symbol, value: unknown): boolean => {
      const name = key as string;
      const owner = this.#owners.get(name);
      if (own.has(name)) {
        if (owner === me) shared[name] = value;
        return true;
      }
      owner?.[name]?.(value);
      shared[name] = value;
      return true;
    };
    return new Proxy(shared, {
      set,
      // Imports are defined, as getters; a later cell may give the name another value.
      defineProperty: (_target, key, { get, value }) =>
        key === "__esModule" || set(_target, key, get ? (get.call(shared) as unknown) : (value as unknown)),
    });
  }
}

/** The plain object behind tslab's proxy, whose way of setting costs a microsecond each time. */
function targetOf(exports: Variables): Variables {
  let target = exports;
  const prototype = Object.getPrototypeOf(exports) as object | null;
  Object.setPrototypeOf(exports, {
    set target(_value: unknown) {
      target = this as unknown as Variables;
    },
  });
  // tslab's proxy answers a definition by setting the plain object's property, which finds the setter.
  Object.defineProperty(exports, "target", { value: true, configurable: true });
  Object.setPrototypeOf(exports, prototype);
  return target;
}

/** The values that a cell declares at its top level, and those of them that an assignment can set. */
function declaredNames(source: string): { all: string[]; settable: string[] } {
  const all: string[] = [];
  const settable: string[] = [];
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, true);
  bindSourceFile(file, { target: ts.ScriptTarget.ESNext });
  const { locals } = file as unknown as { locals?: Map<string, ts.Symbol> };
  for (const symbol of locals?.values() ?? []) {
    if (!(symbol.flags & (ts.SymbolFlags.Value | ts.SymbolFlags.Alias))) continue;
    all.push(symbol.name);
    const declaration = symbol.valueDeclaration;
    if (!declaration || !(symbol.flags & ts.SymbolFlags.Variable)) continue;
    const kind = ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.BlockScoped;
    if (kind === ts.NodeFlags.None || kind === ts.NodeFlags.Let) settable.push(symbol.name);
  }
  return { all, settable };
}
