/**
 * WebAssembly written from TypeScript: every operation is a function from the code of its operands to code, so that a loop is
 * unrolled by `flatMap` and two variants of a kernel are one function with a flag. Nothing has to be installed or shipped beside.
 */
export type Code = readonly number[];

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof I64 | typeof F32 | typeof F64 | typeof V128;

/** A parameter or local variable of a function. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
  /** Sets and gives the value. */
  tee(value: Code): Code;
}

const NO_RESULT = 0x40;
const END = 0x0b;
const VECTOR = 0xfd;

const one =
  (...opcode: number[]) =>
  (a: Code): Code => [...a, ...opcode];
const two =
  (...opcode: number[]) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];
const vector = (n: number) => [VECTOR, ...unsigned(n)];
/** A load whose address is a number of bytes plus a constant. */
const load =
  (...opcode: number[]) =>
  (address: Code, offset = 0): Code => [...address, ...opcode, 0, ...unsigned(offset)];
const store =
  (...opcode: number[]) =>
  (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...opcode, 0, ...unsigned(offset)];

export const i32 = {
  const: (n: number): Code => [0x41, ...signed(n)],
  load: load(0x28),
  load8: load(0x2d),
  store: store(0x36),
  store8: store(0x3a),
  eqz: one(0x45),
  eq: two(0x46),
  ne: two(0x47),
  lt: two(0x48),
  le: two(0x4c),
  add: two(0x6a),
  sub: two(0x6b),
  mul: two(0x6c),
  and: two(0x71),
  shl: two(0x74),
  shrU: two(0x76),
  wrap: one(0xa7),
};
export const i64 = {
  const: (n: number): Code => [0x42, ...signed(n)],
  load: load(0x29),
  load8: load(0x31),
  store: store(0x37),
  eqz: one(0x50),
  add: two(0x7c),
  sub: two(0x7d),
  and: two(0x83),
  or: two(0x84),
  shl: two(0x86),
  shrS: two(0x87),
  shrU: two(0x88),
};
export const f32 = { load: load(0x2a), eq: two(0x5b), gt: two(0x5e) };
export const f64 = {
  const: (x: number): Code => [0x44, ...new Uint8Array(Float64Array.of(x).buffer)],
  load: load(0x2b),
  store: store(0x39),
  lt: two(0x63),
  gt: two(0x64),
  ge: two(0x66),
  add: two(0xa0),
  sub: two(0xa1),
  mul: two(0xa2),
  fromI32: one(0xb7),
  fromI64: one(0xb9),
};
export const v128 = { load: load(...vector(0)), store: store(...vector(11)) };
export const i64x2 = {
  add: two(...vector(0xce)),
  sub: two(...vector(0xd1)),
  extract: (a: Code, lane: number): Code => [...a, ...vector(0x1d), lane],
};
export const f64x2 = {
  splat: one(...vector(0x14)),
  extract: (a: Code, lane: number): Code => [...a, ...vector(0x21), lane],
  replace: (a: Code, lane: number, value: Code): Code => [...a, ...value, ...vector(0x22), lane],
  abs: one(...vector(0xec)),
  add: two(...vector(0xf0)),
  sub: two(...vector(0xf1)),
  mul: two(...vector(0xf2)),
  div: two(...vector(0xf3)),
  /** a < b ? b : a */
  pmax: two(...vector(0xf7)),
};

export const select = (yes: Code, no: Code, condition: Code): Code => [...yes, ...no, ...condition, 0x1b];
export const when = (condition: Code, body: Code): Code => [...condition, 0x04, NO_RESULT, ...body, END];
/** Runs the body, and again while the condition holds. */
export const doWhile = (body: Code, condition: Code): Code => [0x03, NO_RESULT, ...body, ...condition, 0x0d, 0, END];
export const whileTrue = (condition: Code, body: Code): Code => when(condition, doWhile(body, condition));
/** Ends the `when` or restarts the loop that lies `depth` of them outside the innermost; `whileTrue` counts as two. */
export const leave = (depth: number): Code => [0x0c, ...unsigned(depth)];
export const copyMemory = (to: Code, from: Code, bytes: Code): Code => [...to, ...from, ...bytes, 0xfc, 0x0a, 0, 0];

/** One exported function; results are left on the stack by the body's last piece. */
export interface WasmFunction {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly result?: ValueType;
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** Builds a function: `write` gets its parameters and a maker of local variables. */
export function wasmFunction(
  name: string,
  params: readonly ValueType[],
  write: (params: readonly Local[], local: (type: ValueType) => Local) => Code,
  result?: ValueType,
): WasmFunction {
  const locals: ValueType[] = [];
  const at = (index: number): Local => ({
    get: [0x20, ...unsigned(index)],
    set: (value) => [...value, 0x21, ...unsigned(index)],
    tee: (value) => [...value, 0x22, ...unsigned(index)],
  });
  const body = write(
    params.map((_, i) => at(i)),
    (type) => at(params.length + locals.push(type) - 1),
  );
  return { name, params, locals, body, ...(result === undefined ? {} : { result }) };
}

/** How the memory that the module imports as `kernel.memory` is declared; shared memory needs a largest size, in pages of 64 KiB. */
export type MemoryKind = { readonly shared: false } | { readonly shared: true; readonly maximumPages: number };

/** The bytes of a module that imports a memory and exports the functions under their names. */
export function wasmModule(functions: readonly WasmFunction[], memory: MemoryKind): Uint8Array<ArrayBuffer> {
  const [TYPES, IMPORTS, FUNCTIONS, EXPORTS, CODE] = [1, 2, 3, 7, 10] as const;
  const [FUNCTION_TYPE, IS_FUNCTION, IS_MEMORY] = [0x60, 0, 2];
  const types = functions.map(({ params, result }) => [
    FUNCTION_TYPE,
    ...vec(params.map((type) => [type])),
    ...vec(result === undefined ? [] : [[result]]),
  ]);
  const limits = memory.shared ? [3, 1, ...unsigned(memory.maximumPages)] : [0, 1];
  return Uint8Array.from([
    ...[0, ...Buffer.from("asm"), 1, 0, 0, 0],
    ...section(TYPES, vec(types)),
    ...section(IMPORTS, vec([[...name("kernel"), ...name("memory"), IS_MEMORY, ...limits]])),
    ...section(FUNCTIONS, vec(functions.map((_, i) => unsigned(i)))),
    ...section(EXPORTS, vec(functions.map((each, i) => [...name(each.name), IS_FUNCTION, ...unsigned(i)]))),
    ...section(
      CODE,
      vec(functions.map(({ locals, body }) => sized([...vec(locals.map((type) => [1, type])), ...body, END]))),
    ),
  ]);
}

const vec = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: Code): number[] => [...unsigned(bytes.length), ...bytes];
const name = (letters: string): number[] => sized([...Buffer.from(letters)]);
const section = (id: number, bytes: Code): number[] => [id, ...sized(bytes)];

/** Seven bits a byte, the lowest first (LEB128). */
function unsigned(n: number): number[] {
  return n < 0x80 ? [n] : [(n % 0x80) | 0x80, ...unsigned(Math.floor(n / 0x80))];
}

function signed(n: number): number[] {
  return n >= -64 && n < 64 ? [n & 0x7f] : [(n & 0x7f) | 0x80, ...signed(n >> 7)];
}
