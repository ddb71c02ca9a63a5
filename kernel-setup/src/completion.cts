import ts from "typescript";
import { columnsAsked } from "./column-names.cjs";
import type { Completion } from "./tslab.cjs";

/** tslab puts `export {};` and a line break before a cell's text; spans inside its answers count from there. */
const PREFIX = `export {};${ts.sys.newLine}`.length;

/** What front ends know as the kind of an offer, and draw an icon for. */
const KINDS: Readonly<Record<string, string | undefined>> = {
  [ts.ScriptElementKind.functionElement]: "function",
  [ts.ScriptElementKind.localFunctionElement]: "function",
  [ts.ScriptElementKind.memberFunctionElement]: "function",
  [ts.ScriptElementKind.classElement]: "class",
  [ts.ScriptElementKind.constElement]: "instance",
  [ts.ScriptElementKind.letElement]: "instance",
  [ts.ScriptElementKind.variableElement]: "instance",
  [ts.ScriptElementKind.localVariableElement]: "instance",
  [ts.ScriptElementKind.alias]: "instance",
  [ts.ScriptElementKind.parameterElement]: "param",
  [ts.ScriptElementKind.memberVariableElement]: "property",
  [ts.ScriptElementKind.memberGetAccessorElement]: "property",
  [ts.ScriptElementKind.memberSetAccessorElement]: "property",
  [ts.ScriptElementKind.memberAccessorVariableElement]: "property",
  [ts.ScriptElementKind.moduleElement]: "module",
  [ts.ScriptElementKind.externalModuleName]: "module",
  [ts.ScriptElementKind.scriptElement]: "path",
  [ts.ScriptElementKind.directory]: "path",
  [ts.ScriptElementKind.keyword]: "keyword",
  [ts.ScriptElementKind.interfaceElement]: "interface",
  [ts.ScriptElementKind.typeElement]: "type",
  [ts.ScriptElementKind.typeParameterElement]: "type",
  [ts.ScriptElementKind.enumElement]: "enum",
  [ts.ScriptElementKind.enumMemberElement]: "enum",
  [ts.ScriptElementKind.string]: "text",
};

export interface Offer {
  readonly text: string;
  /** `function`, `property`, `column` …; `text` when nothing is known of it. */
  readonly kind: string;
}

/** What can stand at a place: each of the offers replaces the code from `start` to `end`. */
export interface Offers {
  readonly start: number;
  readonly end: number;
  readonly offers: readonly Offer[];
}

/**
 * What tslab offers, with kinds; inside a string it replaces what is typed of it, and only what begins so is offered. Columns of
 * live tables come first.
 */
export function completeAt(
  code: string,
  position: number,
  completion: Completion,
  variables: Readonly<Record<string, unknown>>,
): Offers {
  const literal = literalAround(code, position);
  const found = literal ? completeLiteral(code, position, completion, literal) : completion;
  const kinds = new Map(completion.original?.entries.map(({ name, kind }) => [name, KINDS[kind] ?? "text"]));
  const known = found.candidates.map((text): Offer => ({ text, kind: kinds.get(text) ?? "text" }));
  const asked = columnsAsked(code, position, variables);
  if (!asked) return { start: found.start, end: found.end, offers: known };
  const start = literal ? literal.start : startOfName(code, position);
  const end = literal ? literal.end : position + /^[\w$]*/.exec(code.slice(position))![0].length;
  const typed = code.slice(start, position);
  const fits = (name: string) => name.startsWith(typed) && (literal !== undefined || /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name));
  const columns = asked.filter(fits).map((text): Offer => ({ text, kind: "column" }));
  const names = new Set(columns.map(({ text }) => text));
  // Offers of the language stand for another part of the code when they were cut at a slash, say.
  const others = found.start === start || columns.length === 0 ? known.filter(({ text }) => !names.has(text)) : [];
  return columns.length === 0
    ? { start: found.start, end: found.end, offers: others }
    : { start, end, offers: [...columns, ...others] };
}

const startOfName = (code: string, position: number) => position - /[\w$]*$/.exec(code.slice(0, position))![0].length;

function completeLiteral(
  code: string,
  position: number,
  completion: Completion,
  literal: { readonly start: number; readonly end: number },
): Pick<Completion, "start" | "end" | "candidates"> {
  const entries = completion.original?.entries ?? [];
  const span = entries.find((entry) => entry.replacementSpan)?.replacementSpan;
  const offersFrom = (start: number) => {
    const typed = code.slice(start, position);
    return {
      start,
      end: literal.end,
      candidates: entries.map(({ name }) => name).filter((name) => name.startsWith(typed)),
    };
  };
  if (span) return offersFrom(span.start - PREFIX);
  const whole = offersFrom(literal.start);
  // Of a path TypeScript may offer only what follows the last slash, without saying so.
  const slash = code.lastIndexOf("/", position - 1);
  return whole.candidates.length > 0 || slash < literal.start ? whole : offersFrom(slash + 1);
}

/** The text between the quotes around a position; an open string ends at the position. */
function literalAround(code: string, position: number): { start: number; end: number } | undefined {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  let found: { start: number; end: number } | undefined;
  const walk = (node: ts.Node): void => {
    if (position < node.pos || position > node.end) return;
    if (ts.isStringLiteralLike(node)) {
      const start = node.getStart(file) + 1;
      const isOpen = (node as { isUnterminated?: boolean }).isUnterminated === true;
      if (start <= position && position <= (isOpen ? node.end : node.end - 1))
        found = { start, end: isOpen ? position : node.end - 1 };
      return;
    }
    ts.forEachChild(node, walk);
  };
  walk(file);
  return found;
}
