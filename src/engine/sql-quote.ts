/** A name as SQL text, whatever it holds. @example quotedIdentifier('a "b"') // -> "a ""b""" */
export const quotedIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as SQL text, whatever it holds. @example quotedString("it's") // -> 'it''s' */
export const quotedString = (text: string): string => `'${text.replaceAll("'", "''")}'`;
