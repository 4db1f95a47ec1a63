// Builds the subpaths of the package that are written in TypeScript, each from <name>/src into <name>/dist: one module for
// `import`, one for `require` where a host may use it, and the declarations.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const run = promisify(execFile);

/** In the order in which their declarations need each other. */
const SUBPATHS = [{ name: "panel-session", platform: "neutral", formats: ["esm", "cjs"] }];

/** Each subpath is loaded once, whoever imports it: the others and the core stay imports. */
const EXTERNAL = ["costrict-credit", "costrict-credit/*", "vscode"];

for (const { name, platform, formats } of SUBPATHS) {
  const folder = join(here, name);
  await rm(join(folder, "dist"), { recursive: true, force: true });
  await Promise.all([
    ...formats.map((format) =>
      build({
        entryPoints: [join(folder, "src/index.ts")],
        outfile: join(folder, "dist", format === "esm" ? "index.js" : "index.cjs"),
        bundle: true,
        format,
        platform,
        target: "es2022",
        external: EXTERNAL,
        minify: true,
        sourcemap: true,
        sourcesContent: true,
        legalComments: "none",
        logLevel: "warning",
      }),
    ),
    declarations(folder),
  ]);
}

async function declarations(folder) {
  const options = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", join(folder, "dist")];
  try {
    await run(process.execPath, [tsc, "-p", folder, ...options]);
  } catch (cause) {
    console.error(cause.stdout);
    process.exit(1);
  }
  if (!existsSync(join(folder, "dist/index.d.ts"))) throw new Error(`${folder} has no declarations`);
}
