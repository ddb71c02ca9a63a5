import { homedir } from "node:os";
import path from "node:path";

/**
 * Where Jupyter looks for a user's kernels and the like.
 * @param options.prefix A folder like Python's `sys.prefix` (a virtual environment): its `share/jupyter` is meant.
 */
export function jupyterDataFolder({
  prefix,
  env = process.env,
  platform = process.platform,
  home = homedir(),
}: { prefix?: string; env?: NodeJS.ProcessEnv; platform?: NodeJS.Platform; home?: string } = {}): string {
  if (prefix !== undefined) return path.join(path.resolve(prefix), "share", "jupyter");
  if (env.JUPYTER_DATA_DIR) return path.resolve(env.JUPYTER_DATA_DIR);
  if (platform === "darwin") return path.join(home, "Library", "Jupyter");
  if (platform === "win32") return path.join(env.APPDATA ?? path.join(home, "AppData", "Roaming"), "jupyter");
  return path.join(env.XDG_DATA_HOME || path.join(home, ".local", "share"), "jupyter");
}
