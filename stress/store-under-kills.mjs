// Writers and compactors are killed at random moments while readers check; the list of what was acknowledged is kept here.
import { spawn } from "node:child_process";
import { rmSync, writeSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

const program = fileURLToPath(import.meta.url);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (low, high) => low + Math.random() * (high - low);

/**
 * @param options.storeModule Built `store/store.js`.
 * @param options.root A folder that does not exist yet.
 * @param options.seconds How long to go on.
 * @param options.minKills Goes on until so many processes were killed, too.
 * @param options.writers Processes that log at the same time.
 * @param options.forget Writers acknowledge some calls without making them: the checks must find that.
 */
export async function storeUnderKills({
  storeModule,
  root,
  seconds,
  minKills = 0,
  writers = 4,
  compactors = 2,
  readers = 1,
  graceMs = 5000,
  forget = false,
}) {
  const env = { ...process.env, ALPHABOOK_COMPACTION: "off", STRESS_STORE: storeModule, STRESS_ROOT: root };
  const acknowledged = new Map();
  const outcomes = {};
  const kills = { writer: 0, compactor: 0 };
  const began = Date.now();
  let serial = 0;
  const goesOn = () => Date.now() - began < seconds * 1000 || kills.writer + kills.compactor < minKills;

  const start = (role, name, hear, more = {}) => {
    const child = spawn(process.execPath, [program, role, name], {
      env: { ...env, ...more },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    lines.on("line", hear);
    return { child, ended: new Promise((resolve) => lines.on("close", resolve)) };
  };
  const lane = async (role, hear, alive, more) => {
    while (goesOn()) {
      const name = `${role}-${serial++}`;
      let isUp = false;
      const { child, ended } = start(role, name, (line) => ((isUp = true), hear(name, line)), more);
      for (let waited = 0; !isUp && waited < 30_000; waited += 10) await wait(10);
      await wait(between(...alive));
      child.kill("SIGKILL");
      kills[role]++;
      await ended;
    }
  };
  const reports = [];
  const watching = Array.from({ length: readers }, (_, i) =>
    start("reader", `reader-${i}`, (line) => reports.push(JSON.parse(line)), { STRESS_SECONDS: String(seconds) }),
  );
  await Promise.all([
    ...Array.from({ length: writers }, () =>
      lane("writer", (name, line) => acknowledged.set(name, Number(line)), [50, 1200], { STRESS_FORGET: forget ? "1" : "" }),
    ),
    ...Array.from({ length: compactors }, () =>
      lane("compactor", (_, line) => (outcomes[line] = (outcomes[line] ?? 0) + 1), [200, 6000], { STRESS_GRACE: String(graceMs) }),
    ),
  ]);
  await Promise.all(watching.map(({ ended }) => ended));
  return { ...(await check(storeModule, root, acknowledged)), kills, outcomes, readers: reports };
}

/** What a reader that comes late finds, against what was acknowledged. */
async function check(storeModule, root, acknowledged) {
  const { Store } = await import(pathToFileURL(storeModule).href);
  const store = Store.open(root);
  const stored = new Map(
    rows(
      await store.sql(`
        SELECT m.run_id, count(*) AS n, count(DISTINCT m.step) AS steps, max(m.step) AS last, any_value(l.n) AS folded, any_value(l.step) AS latest,
          any_value(r.status) AS status, any_value(try_cast(t.value AS BIGINT)) AS tag
        FROM metrics m LEFT JOIN latest l ON l.run_id = m.run_id LEFT JOIN runs r ON r.run_id = m.run_id LEFT JOIN tags t ON t.run_id = m.run_id
        GROUP BY m.run_id`),
    ).map((row) => [row.run_id, row]),
  );
  const found = { acknowledged: 0, lost: 0, doubled: 0, gaps: 0, misfolded: 0, unheard: 0, generation: 0 };
  for (const [name, last] of acknowledged) {
    const has = stored.get(name) ?? { n: 0, steps: 0, last: 0 };
    found.acknowledged += last;
    found.lost += Math.max(0, last - has.last);
    found.doubled += has.n - has.steps;
    found.gaps += has.last - has.steps;
    found.unheard += Math.max(0, has.last - last);
    if (has.n && (has.folded !== has.n || has.latest !== has.last || has.status !== "FAILED" || has.last - has.tag > 7 * 5))
      found.misfolded++;
  }
  found.problems = store.problems();
  const { newestGeneration } = await import(pathToFileURL(storeModule.replace(/store\.js$/, "manifest.js")).href);
  found.generation = newestGeneration(root);
  await store.close();
  return found;
}

function rows({ numRows, columns }) {
  return Array.from({ length: numRows }, (_, row) =>
    Object.fromEntries(
      [...columns].map(([name, column]) => [name, column.type === "text" ? column.dictionary[column.codes[row]] : column.values[row]]),
    ),
  );
}

function say(text) {
  const bytes = Buffer.from(`${text}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

const ROLES = {
  /** Logs points 1, 2, 3 …, some calls with five of them; says after each call how far it is. */
  async writer(store, name, { processIdentity }) {
    const forgets = process.env.STRESS_FORGET === "1";
    store.append({ e: "run", r: name, experiment: "x", name, status: "RUNNING", startTime: Date.now(), ...processIdentity() });
    for (let i = 1, call = 0; ; call++) {
      const batch = call % 3 === 0 ? 5 : 1;
      const events = Array.from({ length: batch }, (_, j) => ({ e: "m", r: name, k: "n", s: i + j, v: i + j }));
      if (call % 7 === 0) events.push({ e: "g", r: name, k: "at", v: i });
      if (!forgets || call % 10 !== 9) store.append(events);
      i += batch;
      say(String(i - 1));
      await wait(between(1, 6));
    }
  },
  async compactor(store) {
    say("up");
    for (;;) {
      const to = Math.random() < 0.3 ? "base" : "delta";
      say((await store.compact({ to, graceMs: Number(process.env.STRESS_GRACE) })).made);
      await wait(between(0, 200));
    }
  },
  /** Every answer must hold each run's points without a double or a gap, and never fewer than the answer before. */
  async reader(store) {
    const before = new Map();
    const found = { answers: 0, wrong: 0, errors: [] };
    for (const end = Date.now() + Number(process.env.STRESS_SECONDS) * 1000; Date.now() < end; await wait(50)) {
      try {
        for (const { run_id, n, steps, last } of rows(
          await store.sql(
            "SELECT run_id, count(*) AS n, count(DISTINCT step) AS steps, max(step) AS last FROM metrics GROUP BY run_id",
          ),
        )) {
          if (n !== steps || steps !== last || n < (before.get(run_id) ?? 0)) found.wrong++;
          before.set(run_id, n);
        }
        found.answers++;
      } catch (error) {
        if (found.errors.length < 5) found.errors.push(String(error));
      }
    }
    say(JSON.stringify(found));
    await store.close();
  },
};

async function act(role, name) {
  const storeModule = process.env.STRESS_STORE;
  const { Store } = await import(pathToFileURL(storeModule).href);
  const liveness = await import(pathToFileURL(storeModule.replace(/store\.js$/, "liveness.js")).href);
  await ROLES[role](Store.open(process.env.STRESS_ROOT), name, liveness);
}

if (process.argv[1] === program && process.argv[2] in ROLES) {
  await act(process.argv[2], process.argv[3]);
} else if (process.argv[1] === program) {
  const storeModule = path.join(path.dirname(program), "..", "dist", "store", "store.js");
  const { temporaryFolder } = await import("../bench/timing.mjs");
  const folder = temporaryFolder("alphabook-stress-");
  const { readers, ...found } = await storeUnderKills({
    storeModule,
    root: path.join(folder, "store"),
    seconds: Number(process.env.STRESS_LENGTH ?? 70),
    minKills: 100,
    writers: 8,
    readers: 2,
  });
  console.log(JSON.stringify({ ...found, readers }, null, 2));
  rmSync(folder, { recursive: true, force: true });
  const wrong =
    found.lost + found.doubled + found.gaps + found.misfolded + readers.reduce((n, r) => n + r.wrong + r.errors.length, 0);
  if (wrong > 0 || readers.some(({ answers }) => answers === 0)) {
    console.error("The store lost, doubled or misread something");
    process.exit(1);
  }
}
