import { DataError } from "../errors.js";

/** Rasterisers end the whole process when memory for the pixels cannot be had: 12 million CSS pixels are 192 MB at twice the size. */
const MOST_PIXELS = 12e6;
/** Curves with numbers beyond are drawn for minutes. */
const MOST = 1e9;

/**
 * An SVG of Vega's that can be drawn as pixels: what lies a picture's size or more outside of it is left out.
 *
 * The rasteriser ends the process, and a notebook's kernel with it, over a mark with opacity or inside a clipped group
 * that lies far outside of the picture: a point beyond the scale's domain is enough. Nothing that could be seen is lost.
 *
 * @throws DataError for a picture without a size, one of more than 12 million pixels, or marks with sizes beyond 1e9 px.
 * @example
 * const far = '<path transform="translate(1000,5)" d="M0,0h9" opacity="0.5"/>';
 * drawableSvg(`<svg width="100" height="50">${far}</svg>`) // -> <svg width="100" height="50"></svg>
 */
export function drawableSvg(svg: string): string {
  const root = /<svg[^>]*>/.exec(svg)?.[0] ?? "";
  const [width, height] = [numberOf(root, "width"), numberOf(root, "height")];
  checkSize(width, height);
  const shifts: Shift[] = [{ x: 0, y: 0, isPlain: true }];
  return svg.replace(ELEMENT, (element: string, group?: string, shape?: string, text?: string) => {
    const around = shifts.at(-1)!;
    if (group !== undefined) {
      const own = shiftOf(group);
      const plain = around.isPlain && own.isPlain;
      if (!group.endsWith("/")) shifts.push({ x: around.x + own.x, y: around.y + own.y, isPlain: plain });
      return element;
    }
    const attributes = shape ?? text;
    if (attributes === undefined) {
      if (element === "</g>" && shifts.length > 1) shifts.pop();
      return element;
    }
    const own = shiftOf(attributes);
    const box = boxOf(attributes, own.isPlain);
    const [x, y] = [around.x + own.x, around.y + own.y];
    const [left, right, top, bottom] = [x + box[0], x + box[1], y + box[2], y + box[3]];
    if (around.isPlain && (!(right >= -width && left <= 2 * width) || !(bottom >= -height && top <= 2 * height)))
      return "";
    if ([left, right, top, bottom, numberOf(attributes, "stroke-width", 0)].some((at) => !(Math.abs(at) <= MOST)))
      throw new DataError(
        `Cannot draw the figure: a mark reaches from (${left}, ${top}) to (${right}, ${bottom}) in a picture of ${width} × ${height} px\n  look for scale: null, a size, a radius or a width that is not in pixels`,
      );
    return element;
  });
}

/** Definitions, which draw nothing; groups; shapes; texts. */
const ELEMENT =
  /<defs[^>]*>[\s\S]*?<\/defs>|<\/g>|<g\b([^>]*)>|<(?:path|rect|line|circle|image)\b([^>]*)>|<text\b([^>]*)>[\s\S]*?<\/text>/g;

/** @throws DataError for a picture that has no size or is too large to be drawn as pixels. */
export function checkSize(width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= MOST_PIXELS) return;
  throw new DataError(
    `Cannot draw the figure: it is ${width} × ${height} px\n  a size > 0 and at most ${MOST_PIXELS / 1e6} million pixels expected; look at width, height, and marks far outside of the axes (scale: null)`,
  );
}

interface Shift {
  readonly x: number;
  readonly y: number;
  /** Nothing is turned or stretched. */
  readonly isPlain: boolean;
}

function shiftOf(attributes: string): Shift {
  const transform = / transform="([^"]*)"/.exec(attributes)?.[1] ?? "";
  const [, x = "0", y = "0"] = /^translate\(([^,)]*)(?:,([^)]*))?\)/.exec(transform) ?? [];
  return { x: Number(x), y: Number(y), isPlain: /^(?:translate\([^)]*\))?$/.test(transform) };
}

type Box = readonly [left: number, right: number, top: number, bottom: number];

/** What a shape covers before its transform; of a text its beginning. */
function boxOf(attributes: string, isPlain: boolean): Box {
  const box: [number, number, number, number] = [Infinity, -Infinity, Infinity, -Infinity];
  const add = (x: number, y: number, reach = 0) => {
    box[0] = Math.min(box[0], x - reach);
    box[1] = Math.max(box[1], x + reach);
    box[2] = Math.min(box[2], y - reach);
    box[3] = Math.max(box[3], y + reach);
  };
  const path = / d="([^"]*)"/.exec(attributes)?.[1];
  if (path !== undefined) addPath(path, add);
  else {
    const at = (name: string) => numberOf(attributes, name, 0);
    const [x, y] = [at("x") + at("x1") + at("cx"), at("y") + at("y1") + at("cy")];
    add(x, y, at("r"));
    if (/ [xy]2="/.test(attributes)) add(at("x2"), at("y2"));
    else add(x + at("width"), y + at("height"));
  }
  if (box[0] === Infinity) return [0, 0, 0, 0];
  if (isPlain) return box;
  const reach = Math.max(...box.map(Math.abs));
  return [-reach, reach, -reach, reach];
}

/** All points of a path; curves lie between theirs, arcs within twice their radius of their ends. */
function addPath(path: string, add: (x: number, y: number, reach?: number) => void): void {
  let [x, y] = [0, 0];
  for (const [, command, list] of path.matchAll(/([A-DF-Za-df-z])([^A-DF-Za-df-z]*)/g)) {
    const numbers = (list!.match(/[-+]?(?:\d*\.)?\d+\.?(?:e[-+]?\d+)?/gi) ?? []).map(Number);
    const upper = command!.toUpperCase();
    if (upper === "H" || upper === "V")
      for (const number of numbers) {
        if (upper === "H") x = (command === upper ? 0 : x) + number;
        else y = (command === upper ? 0 : y) + number;
        add(x, y);
      }
    else {
      const size = upper === "A" ? 7 : 2;
      for (let i = 0; i + size <= numbers.length; i += size) {
        const [px, py] = numbers.slice(i + size - 2, i + size) as [number, number];
        [x, y] = command === upper ? [px, py] : [x + px, y + py];
        add(x, y, upper === "A" ? 2 * Math.max(numbers[i]!, numbers[i + 1]!) : 0);
      }
    }
  }
}

function numberOf(attributes: string, name: string, otherwise = NaN): number {
  const text = new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1];
  return text === undefined ? otherwise : Number.parseFloat(text);
}
