/** The core's instance as the driver needs it: on virtual time, with its memory in view. */

const TIMER_IMPORT = /^__wbg_(set|clear)Timeout_/;

/** Watches for the instance that `load()` makes, and returns a function that returns its memory in bytes. */
export function watchInstance(clock) {
  let memory;
  let timers = 0;
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async (module, imports) => {
    const functions = Object.entries(imports ?? {}).map(([name, group]) => [
      name,
      Object.fromEntries(
        Object.entries(group).map(([key, value]) => {
          if (!TIMER_IMPORT.test(key)) return [key, value];
          timers += 1;
          return [key, clock.imported(value)];
        }),
      ),
    ]);
    const made = await instantiate(module, Object.fromEntries(functions));
    const { exports } = made.instance ?? made;
    if ("__wbg_wasmclient_free" in exports) memory = exports.memory;
    return made;
  };
  return () => {
    if (memory === undefined || timers < 2)
      throw new Error("the core was loaded in a way that this driver does not know");
    return memory.buffer.byteLength;
  };
}
