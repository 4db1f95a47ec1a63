// Builds the extension into dist/: one bundle for each extension host, the panel's page, the core's wasm and the catalogues.
import { cp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const assets = join(here, "../pkg/vscode/dist/assets");

const common = {
  bundle: true,
  format: "cjs",
  target: "es2022",
  external: ["vscode"],
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: here,
};

await rm(dist, { recursive: true, force: true });

await Promise.all([
  // The Node host registers by itself and adds files and locks; the parts that do something it takes from the other
  // bundle when they are needed. By `require`, since the editor provides "vscode" to modules loaded that way.
  build({
    ...common,
    entryPoints: ["src/node.ts"],
    outfile: "dist/node.js",
    platform: "node",
    external: ["vscode", "./web.js"],
    supported: { "dynamic-import": false },
  }),
  build({
    ...common,
    entryPoints: ["src/web.ts"],
    outfile: "dist/web.js",
    platform: "browser",
    // The loader's own way to the wasm file, which is not gone here: the bytes are handed to it.
    logOverride: { "empty-import-meta": "silent" },
  }),
  cp(assets, join(dist, "costrict-credit"), { recursive: true }),
]);
