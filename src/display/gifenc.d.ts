/** gifenc ships no types; these are the two functions that we use. */
declare module "gifenc" {
  export type PaletteFormat = "rgb565" | "rgb444" | "rgba4444";
  const gifenc: {
    quantize(rgba: Uint8Array, maxColors: number, options?: { format?: PaletteFormat }): [number, number, number][];
    applyPalette(rgba: Uint8Array, palette: readonly (readonly number[])[], format?: PaletteFormat): Uint8Array;
  };
  export default gifenc;
}
