// Builds the extension into dist/: one bundle for each extension host, the panel's page, the core's wasm and the catalogues.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const core = join(here, "../pkg");
const page = join(here, "../www/dist/assets");

const common = {
  bundle: true,
  format: "cjs",
  target: "es2022",
  external: ["vscode"],
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: here,
};

await rm(dist, { recursive: true, force: true });
await mkdir(join(dist, "locales"), { recursive: true });
await mkdir(join(dist, "panel"));

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
  cp(join(core, "dist/costrict_credit_bg.wasm"), join(dist, "core.wasm")),
  ...["index.js", "style.css"].map((name) => cp(join(page, name), join(dist, "panel", name))),
  catalogues(),
]);

/** The catalogues have the same keys: written once, they are a tenth of the extension less to download. */
async function catalogues() {
  const names = (await readdir(join(core, "locales"))).filter((name) => name.endsWith(".json"));
  const all = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(core, "locales", name), "utf8"))),
  );
  const keys = [...new Set(all.flatMap((words) => Object.keys(words)))].sort();
  const write = (name, content) => writeFile(join(dist, "locales", name), JSON.stringify(content));
  await write("keys.json", keys);
  await Promise.all(
    names.map((name, at) =>
      write(
        name,
        keys.map((key) => all[at][key] ?? null),
      ),
    ),
  );
}
