// The second half of `npm run build:package`: what the compiler wrote to dist as few files. Node takes half a millisecond for each
// module, and there are six hundred. What starts a process or a thread of its own is an entry; modules stay beside the bundle, with
// their types.
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { rolldown } from "rolldown";

const dist = path.join(import.meta.dirname, "dist");
const entries = [
  "index",
  "cli/main",
  "cli/qrun",
  "pool/task-process-main",
  "pool/type-script-hooks",
  "pool/worker-main",
  "store/artifacts/upload-main",
  "store/compaction-process",
  "store/team/team-main",
];
/** Where a module's own place stands in the bundle until it is known in which file the module ends up. */
const PLACE = "__place_of_dist__";

const placeOfModules = {
  name: "place-of-modules",
  transform(code, id) {
    if (!code.includes("import.meta.url")) return null;
    const place = `new URL("${PLACE}/${path.relative(dist, id).replaceAll("\\", "/")}", import.meta.url).href`;
    return { code: code.replaceAll("import.meta.url", place), map: null };
  },
  renderChunk(code, { fileName }) {
    if (!code.includes(PLACE)) return null;
    return { code: code.replaceAll(PLACE, path.posix.relative(path.posix.dirname(fileName), "") || "."), map: null };
  },
};

cpSync(path.join(import.meta.dirname, "src/display/font"), path.join(dist, "display/font"), { recursive: true });
rmSync(path.join(dist, "chunks"), { recursive: true, force: true });
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((name) => [name, path.join(dist, `${name}.js`)])),
  platform: "node",
  external: (id) => !id.startsWith(".") && !path.isAbsolute(id),
  // Modules are loaded for what they register, too.
  treeshake: false,
  plugins: [placeOfModules],
});
await bundle.write({ dir: dist, format: "esm", keepNames: true, chunkFileNames: "chunks/[name].js" });
