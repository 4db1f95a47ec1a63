// The files of the installed package that a page without a bundler loads, as the test server takes them.
import { readFileSync } from "node:fs";
import { installed } from "./report.mjs";

const SCRIPTS = [
  "web.js",
  "facade.js",
  "catalogue-reader.js",
  "credit-error.js",
  "handle.js",
  "legacy-quota.js",
  "loading.js",
  "dist/costrict_credit.js",
];
const WASM = "dist/costrict_credit_bg.wasm";

export const coreFiles = () => ({
  ...Object.fromEntries(
    SCRIPTS.map((name) => [`/${name}`, { type: "text/javascript", body: readFileSync(installed(name)) }]),
  ),
  [`/${WASM}`]: { type: "application/wasm", body: readFileSync(installed(WASM)) },
});
