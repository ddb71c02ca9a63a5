import { fileURLToPath } from "node:url";

/** The file of the figures' font (Inter, a Latin subset) in a weight that they use. */
export const fontFile = (weight: number): string =>
  fileURLToPath(new URL(`./font/inter-${weight >= 600 ? 600 : 400}.ttf`, import.meta.url));
