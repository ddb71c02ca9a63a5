export interface MagicCell {
  readonly name: string;
  /** What follows the name on the first line. */
  readonly line: string;
  /** The lines after the first. */
  readonly body: string;
}

/** A cell that starts with `%%name`. */
export function findMagic(code: string): MagicCell | undefined {
  const match = /^%%([\w.-]+)[ \t]*([^\r\n]*)(?:\r?\n([^]*))?$/.exec(code);
  return match ? { name: match[1]!, line: match[2]!.trim(), body: match[3] ?? "" } : undefined;
}
