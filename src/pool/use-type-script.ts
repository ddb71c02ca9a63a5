import { register } from "node:module";

/** Lets this process import TypeScript files: those of a user; what is in `node_modules` is JavaScript. */
export function useTypeScript(): void {
  register(new URL("./type-script-hooks.js", import.meta.url));
}
