// What a user downloads. Each line is one measurement; see support/report.mjs.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { installed, report } from "./support/report.mjs";

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });

for (const [name, file] of [
  ["wasm", "dist/costrict_credit_bg.wasm"],
  ["glue", "dist/costrict_credit.js"],
]) {
  const bytes = readFileSync(installed(file));
  report(`${name} raw`, bytes.length, "bytes");
  report(`${name} gzip`, gzipSync(bytes, { level: 9 }).length, "bytes");
  report(`${name} brotli`, brotli(bytes).length, "bytes");
}
