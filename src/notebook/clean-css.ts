import { parse, type AtRule, type Declaration, type Root, type Rule } from "postcss";

const PROPERTY =
  /^(--[\w-]+|color|background(-color|-image|-size|-position|-repeat)?|opacity|border(-[a-z]+)*|padding(-[a-z]+)?|margin(-[a-z]+)?|font(-[a-z]+)*|line-height|letter-spacing|text-(align|decoration|transform|indent|overflow)|vertical-align|white-space|word-break|overflow-wrap|(min-|max-)?(width|height)|display|flex(-[a-z]+)?|justify-content|align-(items|self|content)|(row-|column-)?gap|grid-template-columns|overflow(-[xy])?|table-layout|caption-side|list-style-type)$/;
/** Functions that compute a value; none of them fetches. */
const FUNCTION = /^(var|calc|min|max|clamp|rgba?|hsla?|color-mix|linear-gradient|repeat|minmax)$/;
const FUNCTION_NAME = /([\w-]*)\(/g;
const SIMPLE_VALUE = /^[^\\<>{};@]*$/;
/** Elements, classes, attributes, states and how they stand to each other, each piece of a kind that cannot run on behind the rule. */
const SELECTOR = /^(?![ >+~-])(?:[\w.#*: >+~-]|\[[\w-]+(?:[~|^$*]?=(?:"[\w -]*"|'[\w -]*'|[\w-]+))?\]|\([\w +-]*\))*$/;

/** The declarations of a `style` attribute that only change how its element looks. */
export function cleanDeclarations(css: string): string {
  const root = parsed(css);
  return root === undefined ? "" : safeDeclarations(root).join(";");
}

/**
 * A style sheet that holds inside elements of one class only, and fetches nothing.
 *
 * Kept are plain rules and `@media`; each selector is moved under `.scope` without gaining weight by it.
 */
export function cleanSheet(css: string, scope: string): string {
  const root = parsed(css);
  return root === undefined ? "" : rulesOf(root, scope).join("\n");
}

function rulesOf(parent: Root | AtRule, scope: string): string[] {
  return (parent.nodes ?? []).flatMap((node) => {
    if (node.type === "rule") return ruleText(node, scope);
    if (node.type !== "atrule" || node.name !== "media" || !/^[\w\s:().,-]+$/.test(node.params)) return [];
    const inner = rulesOf(node, scope);
    return inner.length === 0 ? [] : [`@media ${node.params}{${inner.join("\n")}}`];
  });
}

function ruleText(rule: Rule, scope: string): string[] {
  const selectors = rule.selectors
    .map((selector) => selector.replace(/\s+/g, " ").trim())
    .filter((selector) => SELECTOR.test(selector));
  const declarations = safeDeclarations(rule);
  if (selectors.length === 0 || declarations.length === 0) return [];
  return [`${selectors.map((selector) => `:where(.${scope}) ${selector}`).join(",")}{${declarations.join(";")}}`];
}

function safeDeclarations(parent: Root | Rule): string[] {
  return parent.nodes
    .filter((node): node is Declaration => node.type === "decl" && isSafe(node))
    .map(({ prop, value, important }) => `${prop}:${value}${important ? " !important" : ""}`);
}

function isSafe({ prop, value }: Declaration): boolean {
  if (!PROPERTY.test(prop.toLowerCase()) || !SIMPLE_VALUE.test(value) || /\/\*/.test(value)) return false;
  const even = (mark: string) => value.split(mark).length % 2 === 1;
  return (
    even('"') &&
    even("'") &&
    [...value.matchAll(FUNCTION_NAME)].every(([, name = ""]) => name === "" || FUNCTION.test(name.toLowerCase()))
  );
}

function parsed(css: string): Root | undefined {
  try {
    return parse(css);
  } catch {
    return undefined;
  }
}
