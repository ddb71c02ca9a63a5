/** A live view of an object of which some names are hidden and none can be set. */
export function readOnly(
  target: Record<string, unknown>,
  isShown: (name: string) => boolean,
): Readonly<Record<string, unknown>> {
  const shown = (key: string | symbol): key is string =>
    typeof key === "string" && isShown(key) && Object.hasOwn(target, key);
  return new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_empty, key) => (shown(key) ? target[key] : undefined),
      has: (_empty, key) => shown(key),
      ownKeys: () => Object.keys(target).filter(isShown),
      getOwnPropertyDescriptor: (_empty, key) =>
        shown(key) ? { value: target[key], enumerable: true, configurable: true } : undefined,
      set: () => false,
      defineProperty: () => false,
      deleteProperty: () => false,
    },
  );
}
