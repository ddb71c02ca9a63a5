import { mistakeAt } from "./places.js";

/** A text with its template's variables put in. */
export interface RenderedTemplate {
  readonly text: string;
  /** The text with the values of secret variables covered by as many stars: for messages and records. */
  readonly masked: string;
  /** Names of the environment's variables that stand in the template. */
  readonly variables: readonly string[];
  /** The secret ones among them, with their values. */
  readonly secrets: Readonly<Record<string, string>>;
}

const SECRET = /key|token|secret|passw|credential|auth/i;
/** Covering shorter ones would cover half the text. */
const SHORTEST_SECRET = 4;
const TEMPLATE = /\{[{%#]/;

/**
 * Puts environment variables into a text in Jinja syntax: `{{ TOPK | default(50) }}`, `{% if FAST %} … {% endif %}`.
 *
 * A variable that is not in the environment is undefined: it renders empty, and `default(…)` works. Comments of the
 * YAML are rendered too. A text without `{{`, `{%` or `{#` is given back as it is.
 *
 * In Qlib: qlib.cli.run.render_template
 *
 * @param name What the text is called in messages.
 * @throws ConfigError with line and column for a template that cannot be read.
 */
export async function renderTemplate(
  text: string,
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<RenderedTemplate> {
  if (!TEMPLATE.test(text)) return { text, masked: text, variables: [], secrets: {} };
  const { default: nunjucks } = await import("nunjucks");
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  let rendered: string;
  try {
    rendered = new nunjucks.Environment(null, { autoescape: false }).renderString(text, given);
  } catch (cause) {
    throw templateMistake(text, name, cause);
  }
  const tags = text.match(/\{\{.*?\}\}|\{%.*?%\}/gs)?.join(" ") ?? "";
  const words = new Set(tags.match(/[A-Za-z_]\w*/g));
  const variables = Object.keys(given)
    .filter((variable) => words.has(variable))
    .sort();
  const secret = (variable: string) => SECRET.test(variable) && given[variable]!.length >= SHORTEST_SECRET;
  const secrets = Object.fromEntries(variables.filter(secret).map((variable) => [variable, given[variable]!]));
  const masked = Object.values(secrets).reduce(
    (text, value) => text.replaceAll(value, "*".repeat(value.length)),
    rendered,
  );
  return { text: rendered, masked, variables, secrets };
}

function templateMistake(text: string, name: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  const at = /\[Line (\d+), Column (\d+)\]/.exec(message);
  const said = message
    .split("\n")
    .at(-1)!
    .trim()
    .replace(/^(Template render )?error: /i, "");
  const seen = at ? offsetOf(text, Number(at[1]), Number(at[2])) : undefined;
  const offset = findFault(text, said, seen) ?? seen ?? 0;
  const before = text.slice(0, offset).split("\n");
  const [line, column] = [before.length, before.at(-1)!.length + 1];
  return mistakeAt({
    ...{ name, cause, state: `the template cannot be rendered: ${said}` },
    place: { file: name, line, column, source: linesOf(text)[line - 1] ?? "" },
    next: ["templates are in Jinja syntax, variables come from the environment: {{ TOPK | default(50) }}"],
  });
}

const linesOf = (text: string): string[] => text.split(/\r?\n/);

const offsetOf = (text: string, line: number, column: number): number =>
  text
    .split("\n")
    .slice(0, line - 1)
    .reduce((sum, { length }) => sum + length + 1, 0) +
  column -
  1;

/** Where the fault is, which the engine notices only later, or says without a place. */
function findFault(text: string, said: string, seen: number | undefined): number | undefined {
  const filter = /^filter not found: (\w+)/.exec(said)?.[1];
  if (filter !== undefined) return placeOf(new RegExp(`(?<=\\|\\s*)${filter}\\b`).exec(text)?.index);
  if (/expected (variable|block) end/.test(said))
    return placeOf(Math.max(...["{{", "{%"].map((opening) => text.lastIndexOf(opening, seen))));
  return /end of file/.test(said) ? unclosedTag(text) : undefined;
}

const placeOf = (index: number | undefined): number | undefined =>
  index === undefined || index < 0 ? undefined : index;

/** The first `{% if %}` or the like whose `{% endif %}` is not there. */
function unclosedTag(text: string): number | undefined {
  const open: number[] = [];
  for (const { 1: word, index } of text.matchAll(/\{%-?\s*(\w+)/g)) {
    if (/^(if|for|block|macro|call|filter|raw)$/.test(word!)) open.push(index);
    else if (/^end/.test(word!)) open.pop();
  }
  return open[0];
}
