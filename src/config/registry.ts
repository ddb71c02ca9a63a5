import { InvalidArgumentError, UnknownNameError } from "../errors.js";

/** A class that can be made from a configuration. */
export type ComponentClass<T extends object = object> = abstract new (...args: never[]) => T;

/** What stands in an artifact so that the class is found again. */
export interface ComponentIdentity {
  /** The name it is registered under. */
  readonly class: string;
  /** Where it comes from: `alphabook`, or what the user gave; "" when that is nowhere another process could look. */
  readonly module: string;
  readonly version: number;
}

export interface RegistryAddOptions {
  /** For a class of one's own: the file, beside the notebook, or the package it stands in. Other processes load it there. */
  readonly module?: string;
  /** Raise it when what the class writes changes. Default 1. */
  readonly version?: number;
}

/**
 * Names → classes, so that a configuration can say `{ class: "LinearModel" }`. Names are Qlib's where Qlib has the class.
 *
 * Adding a name again replaces the class: a notebook cell that defines it may be run twice.
 *
 * @example
 * new Registry().add("Half", class Half {}).names() // -> ["Half"]
 */
export class Registry {
  readonly #entries = new Map<string, { component: ComponentClass; identity: ComponentIdentity }>();
  #usualModule = "alphabook";

  /** @throws InvalidArgumentError for an empty name or something that is no class. */
  add(name: string, component: ComponentClass, { module = this.#usualModule, version = 1 }: RegistryAddOptions = {}): this {
    if (name.trim() === "") throw new InvalidArgumentError("Cannot register a class: its name is empty");
    if (typeof component !== "function")
      throw new InvalidArgumentError(`Cannot register "${name}": ${String(component)} is no class`);
    this.#entries.set(name, { component, identity: { class: name, module, version } });
    return this;
  }

  /** @throws UnknownNameError with the nearest name. @param what What is looked for, in the message. */
  get(name: string, what = "component"): ComponentClass {
    const entry = this.#entries.get(name);
    if (!entry) throw new UnknownNameError(what, name, this.#entries.keys());
    return entry.component;
  }

  find(name: string): ComponentClass | undefined {
    return this.#entries.get(name)?.component;
  }

  names(): string[] {
    return [...this.#entries.keys()].sort();
  }

  /** Our own classes are all there: one that is added without a module from now on is known in this process only. */
  closePackage(): void {
    this.#usualModule = "";
  }

  /** What is known about a name; undefined when it is not registered. */
  identityOf(name: string): ComponentIdentity | undefined {
    return this.#entries.get(name)?.identity;
  }

  /** What an object's class is registered as; undefined when it is not, such as a class that lives in a notebook cell. */
  findIdentity(object: object): ComponentIdentity | undefined {
    for (const { component, identity } of this.#entries.values()) if (object.constructor === component) return identity;
    return undefined;
  }
}

/** The registry that configurations, workflows and artifacts look names up in. */
export const registry = new Registry();
