import { createRequire } from "node:module";
import { crc32, deflateSync } from "node:zlib";
import type Gifenc from "gifenc";

/** A CommonJS module that calls itself an ES module: `require` reads it the same way under every loader. */
const gifenc = createRequire(import.meta.url)("gifenc") as typeof Gifenc;

/**
 * An indexed PNG of an opaque picture: a third of the size of a true-colour one.
 *
 * @param rgba Four bytes a pixel; transparency is ignored (figures stand on paper).
 */
export function palettePng(rgba: Uint8Array, width: number, height: number): Uint8Array {
  const palette = gifenc.quantize(rgba, 256, { format: "rgb565" });
  const indices = gifenc.applyPalette(rgba, palette, "rgb565");
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Bit depth 8, colour type 3 (palette), then the only compression, filter and interlace methods.
  header.set([8, 3, 0, 0, 0], 8);
  // Each line starts with its filter; 0 (none) compresses best for flat colours.
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) lines.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap(([r, g, b]) => [r, g, b]))),
    chunk("IDAT", deflateSync(lines, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
