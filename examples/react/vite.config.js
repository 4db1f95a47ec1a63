/** @type {import("vite").UserConfig} */
export default {
  build: { target: "es2022" },
  // The package finds its wasm and its texts beside its modules, so they stay where they are while developing too.
  optimizeDeps: { exclude: ["costrict-credit"] },
};
