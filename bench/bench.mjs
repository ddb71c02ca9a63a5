// npm run bench [-- name…] [-- --peers]: every row of bench/rows in fresh processes; prints a table, writes bench/results.json.
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const PROCESSES = 5;
const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const peers = process.argv.includes("--peers");

const results = [];
for (const file of readdirSync(path.join(here, "rows"))
  .filter((name) => name.endsWith(".mjs"))
  .sort()) {
  const rows = (await import(path.join(here, "rows", file))).default;
  for (const row of rows) {
    if (names.length && !names.some((name) => row.name.includes(name) || file.includes(name))) continue;
    const load = os.loadavg()[0];
    const skipped = await row.skip?.();
    if (skipped) {
      console.log(`${row.name}: not run (${skipped})`);
      continue;
    }
    const runs = Array.from({ length: row.processes ?? PROCESSES }, () => runOnce(file, row.name, "measure"));
    const values = runs.flatMap((run) => run.values);
    const result = {
      name: row.name,
      value: median(values),
      unit: row.unit,
      better: row.better ?? "lower",
      target: row.target ?? null,
      cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
      p95: quantile(values, 0.95),
      peakMb: Math.max(...runs.map((run) => run.peakMb)),
      load,
    };
    if (peers && row.peer) {
      const peer = runOnce(file, row.name, "peer");
      if (peer.values.length)
        Object.assign(result, { peer: median(peer.values), ratio: result.value / median(peer.values) });
      else result.peer = "not run";
    }
    results.push(result);
    console.log(line(result));
  }
}
writeFileSync(path.join(here, "results.json"), JSON.stringify(results, null, 2) + "\n");

/** One fresh process that runs a row and prints `{values, cpuSeconds, peakMb}`. */
function runOnce(file, name, what) {
  const output = execFileSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", path.join(here, "one.mjs"), file, name, what],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1e8, env: { ...process.env, CI: "true" } },
  );
  return JSON.parse(output.trim().split("\n").at(-1));
}

function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
function line({ name, value, unit, better, target, p95, cpuSeconds, peakMb, peer, ratio }) {
  const met = target === null ? "" : (better === "lower" ? value <= target : value >= target) ? "met   " : "MISSED";
  const figure = (x) => (x >= 100 ? x.toFixed(0) : x >= 1 ? x.toFixed(2) : x.toFixed(4));
  const aim = target === null ? "" : `target ${better === "lower" ? "≤" : "≥"} ${target}`;
  const beside =
    peer === undefined ? "" : peer === "not run" ? "peer: not run" : `peer ${figure(peer)} (${figure(ratio)}×)`;
  return `${name.padEnd(58)} ${figure(value).padStart(9)} ${unit.padEnd(10)} ${aim.padEnd(18)} ${met.padEnd(6)} p95 ${figure(p95)}  cpu ${figure(cpuSeconds)} s  ${peakMb.toFixed(0)} MB ${beside}`;
}
