import type { KernelEvents } from "./bridge.cjs";

type Listener<Event> = (event: Event) => void | Promise<void>;

/** Who wants to know when a cell starts or ends, or the kernel shuts down. */
export class Hooks {
  readonly #listeners = {
    cellStart: new Set<Listener<KernelEvents["cellStart"]>>(),
    cellEnd: new Set<Listener<KernelEvents["cellEnd"]>>(),
    shutdown: new Set<Listener<KernelEvents["shutdown"]>>(),
  };

  on<Name extends keyof KernelEvents>(name: Name, fn: Listener<KernelEvents[Name]>): () => void {
    const listeners = this.#listeners[name] as Set<Listener<KernelEvents[Name]>> | undefined;
    if (!listeners)
      throw new TypeError(
        `Cannot listen: unknown event "${name}"\n  known: ${Object.keys(this.#listeners).join(", ")}`,
      );
    listeners.add(fn);
    return () => void listeners.delete(fn);
  }

  /** Tells all listeners and waits for them, at most `limitMs`. A listener that fails hinders no other; it is named on stderr. */
  async run<Name extends keyof KernelEvents>(name: Name, event: KernelEvents[Name], limitMs = 3_000): Promise<void> {
    const listeners = [...(this.#listeners[name] as Set<Listener<KernelEvents[Name]>>)];
    if (listeners.length === 0) return;
    const all = Promise.all(
      listeners.map(async (fn) => {
        try {
          await fn(event);
        } catch (error) {
          console.error(`A listener of ${name} failed:`, error);
        }
      }),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
    await Promise.race([all, late]);
    clearTimeout(timer);
  }
}
