// The token estimate as a wasm file, the way the core is called: UTF-8 by `encodeInto` into a fixed buffer.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
export const wasmPath = [process.env.CARGO_TARGET_DIR, `${here}wasm/target`]
  .filter(Boolean)
  .map((folder) => `${folder}/wasm32-unknown-unknown/release/tokens_wasm.wasm`)
  .find(existsSync);
if (!wasmPath) {
  console.error("No wasm file: run `npm run build` first (it needs the wasm32-unknown-unknown target).");
  process.exit(1);
}

export const encoder = new TextEncoder();

export function loadOwn() {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasmPath)), {});
  const at = exports.buffer();
  let view = new Uint8Array(exports.memory.buffer, at, exports.room());
  // Memory that grew has a new buffer under the old view.
  const current = () => {
    if (view.length === 0) view = new Uint8Array(exports.memory.buffer, at, exports.room());
    return view;
  };
  const written = (text) => encoder.encodeInto(text, current()).written;
  return {
    exports,
    current,
    count: (text) => exports.estimate(written(text)),
    countLoaded: (text) => exports.estimate_loaded(written(text)),
    load: (bytes) => {
      current().set(bytes);
      if (!exports.load(bytes.length)) throw new Error("not a token table of this version");
    },
  };
}
