/** A host whose functions cannot break the session: what throws is logged, and has a value in its place. */

import type { PanelHost } from "./panel-host.js";

/** The result in place of that of a synchronous function that throws. Those that are absent here return promises. */
const FALLBACKS = {
  locale: "en",
  preference: undefined,
  savePreference: false,
  model: undefined,
  chooseModel: undefined,
  taskId: undefined,
  readerChanged: undefined,
  promptTooLong: undefined,
  watchStorage: () => {},
  log: undefined,
} satisfies Partial<Record<keyof PanelHost, unknown>>;

type HostFunction = (...values: unknown[]) => unknown;

/**
 * Every function is looked up when it is used, since an embedder may set it later. Those that return promises never throw: they
 * reject, and the session shows that the action failed.
 */
export function guardedHost(host: PanelHost): PanelHost {
  const lookUp = (name: string | symbol): unknown => Reflect.get(host, name, host);
  const callSynchronously = (name: keyof typeof FALLBACKS, work: HostFunction, values: unknown[]): unknown => {
    try {
      const result = work.apply(host, values);
      const isNeeded = name === "locale" || name === "watchStorage";
      return isNeeded && typeof result !== typeof FALLBACKS[name] ? FALLBACKS[name] : result;
    } catch (cause) {
      // A log that throws has nowhere to say so.
      if (name !== "log") guarded.log?.("error", `The panel's host fails in ${name}()`, cause);
      return FALLBACKS[name];
    }
  };
  // Not a proxy of the host: one of a frozen object could not replace its functions.
  const guarded = new Proxy({} as PanelHost, {
    get(_target, name) {
      const work = lookUp(name);
      if (typeof work !== "function") return work ?? undefined;
      const call = work as HostFunction;
      if (Object.hasOwn(FALLBACKS, name))
        return (...values: unknown[]) => callSynchronously(name as keyof typeof FALLBACKS, call, values);
      return async (...values: unknown[]) => call.apply(host, values);
    },
  });
  return guarded;
}
