// Stores of any size, written by SQL straight into a base: what a long history looks like after compaction.
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "dist");

/**
 * Makes a store of ended runs: `params` numbers, 10 metrics and 3 tags each, one log for what comes later.
 *
 * @param options.points Points of all runs together; at least 10 a run.
 * @param options.storeFolder Built room `store`.
 */
export async function makeStore(root, { runs, params = 50, points = 0, storeFolder = path.join(dist, "store") }) {
  const load = (name) => import(pathToFileURL(path.join(storeFolder, name)).href);
  const [{ Generation }, { writeBase }, { completeTail }, manifests, { ensureFormat }] = await Promise.all(
    ["generation.js", "base.js", "compaction.js", "manifest.js", "format.js"].map(load),
  );
  ensureFormat(root);
  const source = await Generation.open(root, manifests.NO_MANIFEST, { lock: false });
  const run = (sql) => source.engine.run(sql, [], { signal: null });
  const start = Date.UTC(2026, 0, 1);
  const steps = Math.max(1, Math.floor(points / runs / 10));
  const stamp = (n) => `(${start}::HUGEINT * 1208925819614629174706176 + ${n})`;
  await run(`CREATE TEMP TABLE ids AS SELECT range AS n, printf('%08x-%04x-7000-8000-%012x', (${start} + range * 10000) // 65536, (${start} + range * 10000) % 65536, range) AS run_id FROM range(${runs})`);
  await run(`INSERT INTO tail.experiments_events BY NAME SELECT 'e' || range AS experiment_id, 'e' || range AS name, ${start} AS created_at, 3 AS mask, false AS by_finder, ${start} AS t, 1 AS w, ${stamp("range")} AS stamp FROM range(50)`);
  await run("INSERT INTO tail.experiments BY NAME SELECT experiment_id, name, created_at FROM tail.experiments_events");
  // Bits of experiment, name, status, startTime and endTime.
  await run(`INSERT INTO tail.runs_events BY NAME SELECT run_id, 'e' || n % 50 AS experiment_id, 'run' || n AS name, 'FINISHED' AS status, ${start} + n * 1000 AS start_time, ${start} + n * 1000 + 60000 AS end_time, 1 + 2 + 4 + 16 + 32 AS mask, false AS by_finder, ${start} AS t, 1 AS w, ${stamp("n")} AS stamp FROM ids`);
  await run("INSERT INTO tail.runs BY NAME SELECT run_id, experiment_id, name, status, start_time, end_time, w AS owner, status AS own_status FROM tail.runs_events");
  await run(`INSERT INTO tail.params BY NAME SELECT run_id, 'p' || k AS key, v::VARCHAR AS value, v::VARCHAR AS text, v AS num, ${stamp("k")} AS stamp FROM (SELECT run_id, k, (hash(run_id || k) % 1000)::DOUBLE AS v FROM ids, range(${params}) r(k))`);
  await run(`INSERT INTO tail.tags BY NAME SELECT run_id, 't' || k AS key, '"v' || v || '"' AS value, 'v' || v AS text, ${start} AS t, ${stamp("k")} AS stamp FROM (SELECT run_id, k, hash(run_id || k) % 7 AS v FROM ids, range(3) r(k))`);
  await run(`INSERT INTO tail.metrics SELECT run_id, 'm' || k, s, ${start} + s, (hash(run_id || k) % 1000003 + s) / 1000003.0 FROM ids, range(10) r(k), range(${steps}) q(s)`);
  await run("INSERT INTO tail.latest SELECT run_id, key, max(step), arg_max(t, step), arg_max(value, step), min(value), max(value), count(*) FROM tail.metrics GROUP BY ALL");
  for (let k = 0; k < params; k++) source.wide.note("param", `p${k}`, true);
  for (let k = 0; k < 10; k++) source.wide.note("metric", `m${k}`, true);
  for (let k = 0; k < 3; k++) source.wide.note("tag", `t${k}`, false);
  await completeTail(source);
  const base = await writeBase(source, root, 1);
  manifests.publishManifest(root, { ...manifests.NO_MANIFEST, generation: 1, base });
  source.retire();
}
