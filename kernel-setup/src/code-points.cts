/** The protocol counts cursor positions in characters (code points), JavaScript in UTF-16 units. */
export function positionOf(code: string, point: number): number {
  let position = 0;
  for (let left = point; left > 0 && position < code.length; left--)
    position += code.codePointAt(position)! > 0xffff ? 2 : 1;
  return position;
}

export function pointOf(code: string, position: number): number {
  return [...code.slice(0, position)].length;
}
