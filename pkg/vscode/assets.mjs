// Writes pkg/vscode/dist/assets, the files that an extension ships beside the code: the core's wasm, the catalogues and the
// page of the panel.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const core = join(here, "..");
const assets = join(here, "dist/assets");

await rm(assets, { recursive: true, force: true });
await mkdir(join(assets, "locales"), { recursive: true });
await mkdir(join(assets, "panel"));
await Promise.all([
  cp(join(core, "dist/costrict_credit_bg.wasm"), join(assets, "core.wasm")),
  cp(join(core, "THIRD-PARTY-NOTICES.txt"), join(assets, "THIRD-PARTY-NOTICES.txt")),
  build({
    entryPoints: { index: join(here, "page/main.ts"), style: join(here, "page/style.css") },
    outdir: join(assets, "panel"),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  }),
  catalogues(),
]);

/** The catalogues have the same keys: written once, they are a tenth of an extension less to download. */
async function catalogues() {
  const names = (await readdir(join(core, "locales"))).filter((name) => name.endsWith(".json"));
  const all = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(core, "locales", name), "utf8"))),
  );
  const keys = [...new Set(all.flatMap((words) => Object.keys(words)))].sort();
  const write = (name, content) => writeFile(join(assets, "locales", name), JSON.stringify(content));
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
