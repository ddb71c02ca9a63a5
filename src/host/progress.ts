import { createRequire } from "node:module";
import type * as CliProgress from "cli-progress";
import type { KernelBridge } from "./bridge.js";

/** A running progress display; `update` is cheap and may be called for every item. */
export interface Progress {
  /** @param done Items done so far, of `total`. @param note What is being worked on, or the latest figure. */
  update(done: number, note?: string): void;
  /** Removes the bar and leaves one line. */
  end(summary?: string): void;
}

const SHOW_AFTER_MS = 300;
const UPDATE_EVERY_MS = 100;
let nextId = 0;

export function startProgress(bridge: KernelBridge | undefined, label: string, total: number): Progress {
  if (bridge) return throttled(label, notebookBar(bridge, label, total));
  if (process.env.CI) return { update() {}, end() {} };
  return throttled(label, process.stderr.isTTY ? terminalBar(label, total) : plainLines(label, total));
}

/** What draws: `draw` is called at most ten times a second, `close` once and only if something was drawn. */
interface Bar {
  draw(done: number, note: string): void;
  close(line: string): void;
}

function throttled(label: string, bar: Bar): Progress {
  const started = performance.now();
  let drawn = 0;
  return {
    update(done, note = "") {
      const now = performance.now();
      if (now - started < SHOW_AFTER_MS || now - drawn < UPDATE_EVERY_MS) return;
      drawn = now;
      bar.draw(done, note);
    },
    end(summary) {
      if (drawn) bar.close(`${label}: ${summary ? `${summary}, ` : ""}${seconds(performance.now() - started)}`);
      drawn = 0;
    },
  };
}

function notebookBar(bridge: KernelBridge, label: string, total: number): Bar {
  const id = `alphabook-progress-${process.pid}-${nextId++}`;
  let shown = false;
  const send = (html: string, text: string) => {
    bridge.display(
      { "text/html": html, "text/plain": text },
      { id, update: shown, metadata: { alphabook: "progress" } },
    );
    shown = true;
  };
  return {
    draw(done, note) {
      const share = Math.min(1, done / total);
      const text = `${label} ${(share * 100).toFixed(0)} %${note ? ` · ${note}` : ""}`;
      const bar = `<div style="width:240px;height:6px;border-radius:3px;background:rgba(100,116,139,.25);display:inline-block;vertical-align:middle"><div style="width:${(share * 100).toFixed(1)}%;height:6px;border-radius:3px;background:#1d4ed8"></div></div>`;
      send(`<div style="font-size:12px">${bar} ${escapeHtml(text)}</div>`, text);
    },
    close: (line) => send(`<div style="font-size:11px;opacity:.65">${escapeHtml(line)}</div>`, line),
  };
}

function terminalBar(label: string, total: number): Bar {
  // Loaded where there is something to draw: few processes have a terminal.
  const { SingleBar, Presets } = createRequire(import.meta.url)("cli-progress") as typeof CliProgress;
  const bar = new SingleBar(
    { format: `${label} {bar} {percentage}% {note}`, hideCursor: true, clearOnComplete: true, stream: process.stderr },
    Presets.shades_classic,
  );
  let running = false;
  return {
    draw(done, note) {
      if (!running) bar.start(total, 0, { note: "" });
      running = true;
      bar.update(done, { note });
    },
    close(line) {
      bar.stop();
      process.stderr.write(`${line}\n`);
    },
  };
}

const SIGN_OF_LIFE_MS = 10_000;

/** One line for each tenth of the work, and one every ten seconds of slow work. */
function plainLines(label: string, total: number): Bar {
  let tenth = 0;
  let told = performance.now();
  return {
    draw(done, note) {
      const now = Math.floor((done / total) * 10);
      if (now <= tenth && performance.now() - told < SIGN_OF_LIFE_MS) return;
      process.stderr.write(`${label} ${Math.floor((done / total) * 100)} %${note ? ` · ${note}` : ""}\n`);
      [tenth, told] = [now, performance.now()];
    },
    close: (line) => void process.stderr.write(`${line}\n`),
  };
}

const seconds = (ms: number) => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`);
const escapeHtml = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
