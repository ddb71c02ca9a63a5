import { InvalidArgumentError, UnknownNameError } from "../errors.js";

/** A piece of SQL with the values it binds; pieces are put together by naming one inside another's template. */
export interface SqlPiece {
  readonly strings: readonly string[];
  readonly values: readonly unknown[];
}

/** A statement with `$1`, `$2` … and their values. */
export interface BoundSql {
  readonly text: string;
  readonly params: readonly unknown[];
}

/** A name made safe to stand in a statement; see `sql.identifier`. */
export class SqlIdentifier {
  readonly text: string;
  constructor(name: string) {
    if (name === "" || name.includes("\0"))
      throw new InvalidArgumentError(
        `Cannot make an SQL identifier of ${JSON.stringify(name)}: a name has at least one character and no NUL`,
      );
    this.text = `"${name.replaceAll('"', '""')}"`;
  }
}

/**
 * Puts a template, and those inside it, together: values become `$1`, `$2` …, identifiers stand quoted.
 *
 * @param isPiece Tells a template inside a template from a value.
 */
export function bindTemplate(piece: SqlPiece, isPiece: (value: unknown) => value is SqlPiece): BoundSql {
  const params: unknown[] = [];
  const write = ({ strings, values }: SqlPiece): string =>
    strings.reduce((text, part, i) => {
      const value = values[i - 1];
      if (value instanceof SqlIdentifier) return text + value.text + part;
      if (isPiece(value)) return text + write(value) + part;
      if (value === undefined)
        throw new InvalidArgumentError(
          `Cannot bind value ${i} of the SQL template: it is undefined\n  null stands for a missing value; an optional condition is written as sql\`\` or sql\`AND …\``,
        );
      return `${text}$${params.push(value)}${part}`;
    });
  return { text: write(piece), params };
}

/** Text, quoted names, comments and dollar-quoted text are passed over; what is left is a `$name`. */
const SKIPPED_OR_NAME =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|\$([A-Za-z_]\w*)/g;

/**
 * Replaces each `$name` by a bound value of that name.
 *
 * @throws UnknownNameError when no variable has the name.
 * @example
 * bindNames("SELECT $ic > 0, '$ic', $ic", { ic: 0.05 }) // -> { text: "SELECT $1 > 0, '$ic', $1", params: [0.05] }
 */
export function bindNames(body: string, variables: Readonly<Record<string, unknown>>): BoundSql {
  const places = new Map<string, number>();
  const text = body.replace(SKIPPED_OR_NAME, (whole, _dollarTag: string | undefined, name: string | undefined) => {
    if (name === undefined) return whole;
    if (!(name in variables))
      throw new UnknownNameError("variable", name, Object.keys(variables), {
        context: "Cannot bind $names of the SQL cell",
      });
    if (!places.has(name)) places.set(name, places.size + 1);
    return `$${places.get(name)}`;
  });
  return { text, params: [...places.keys()].map((name) => variables[name]) };
}
