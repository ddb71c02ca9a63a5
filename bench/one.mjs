// One row of the benchmark in this process: 3 warm calls and 20 measured ones for `warm` rows, else a single call.
import path from "node:path";
import { fileURLToPath } from "node:url";

const [file, name, what] = process.argv.slice(2);
const rows = (await import(path.join(path.dirname(fileURLToPath(import.meta.url)), "rows", file))).default;
const row = rows.find((candidate) => candidate.name === name);

const prepared = await row.prepare?.();
const values = [];
const cpu = process.cpuUsage();
if (what === "peer") {
  const value = await row.peer(prepared);
  if (value !== undefined) values.push(...[value].flat());
} else if (row.warm) {
  for (let i = 0; i < 3; i++) await row.measure(prepared);
  for (let i = 0; i < 20; i++) values.push(await row.measure(prepared));
} else {
  values.push(await row.measure(prepared));
}
const { user, system } = process.cpuUsage(cpu);
await row.cleanup?.(prepared);
process.stdout.write(
  `\n${JSON.stringify({ values, cpuSeconds: (user + system) / 1e6, peakMb: process.resourceUsage().maxRSS / 1024 })}\n`,
  () => process.exit(0),
);
