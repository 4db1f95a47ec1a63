// Builds what the package ships beside the core. For Node the core's JavaScript, in one file. And the subpaths that are written in
// TypeScript, each from <name>/src into <name>/dist: one module for `import`, one for `require` where a host may use it, and the
// declarations. `--declarations` writes these alone, which need no core.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const run = promisify(execFile);

/** In the order in which their declarations need each other. */
const SUBPATHS = [
  { name: "panel-session", entries: ["index"], platform: "neutral", formats: ["esm", "cjs"] },
  { name: "panel", entries: ["index"], platform: "browser", formats: ["esm"], inject: ["src/no-dom.ts"] },
  { name: "node", entries: ["index"], platform: "node", formats: ["esm", "cjs"] },
  // The second entry is for hosts in Node. Both share their modules, and the pieces that are loaded late stay files of their own.
  { name: "vscode", entries: ["index", "node"], platform: "neutral", formats: ["esm", "cjs"] },
];

/** Each subpath is loaded once, whichever module imports it: the others and the core stay imports. */
const EXTERNAL = ["costrict-credit", "costrict-credit/*", "vscode"];

/** As little as possible to read and parse; a debugger and a stack trace find the sources by the map. */
const SHIPPED = {
  bundle: true,
  target: "es2022",
  minify: true,
  sourcemap: true,
  sourcesContent: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

/** Node prints the line that threw an error which ends a program: short lines leave the message in sight. Not for pages, whose
 *  bundlers look for `new URL("…", import.meta.url)` in one line. */
const SHORT_LINES = { lineLimit: 160 };

if (process.argv.includes("--declarations")) {
  for (const { name } of SUBPATHS) await declarations(join(here, name));
  process.exit();
}

await build({
  ...SHIPPED,
  ...SHORT_LINES,
  entryPoints: [join(here, "node-entry.js")],
  outfile: join(here, "dist/node.cjs"),
  format: "cjs",
  platform: "node",
  // Stack traces name classes and functions also without the map.
  keepNames: true,
  // The generated start of the core checks whether it was given one of these, which it never is here. In Node the first use of
  // either loads all of fetch, which takes longer than all else.
  define: { Request: "undefined", Response: "undefined" },
});

/** A style sheet as text, joined with what it imports, for an element to construct. */
const styleAsText = {
  name: "style-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const options = { bundle: true, minify: true, write: false, target: "es2022", logLevel: "warning" };
      const { outputFiles } = await build({ entryPoints: [path], ...options });
      return { contents: outputFiles[0].text.trim(), loader: "text" };
    });
  },
};

/** The folders in node_modules of what is bundled, for the notices (tools/notices.mjs). */
const bundled = new Set();

for (const { name, entries, platform, formats, inject = [] } of SUBPATHS) {
  const folder = join(here, name);
  await rm(join(folder, "dist"), { recursive: true, force: true });
  const [, ...bundles] = await Promise.all([
    declarations(folder),
    ...formats.map((format) =>
      build({
        ...SHIPPED,
        ...(platform === "node" ? SHORT_LINES : {}),
        entryPoints: entries.map((entry) => join(folder, `src/${entry}.ts`)),
        outdir: join(folder, "dist"),
        outExtension: { ".js": format === "esm" ? ".js" : ".cjs" },
        format,
        splitting: format === "esm" && entries.length > 1,
        platform,
        external: EXTERNAL,
        inject: inject.map((file) => join(folder, file)),
        plugins: [styleAsText],
        metafile: true,
      }),
    ),
  ]);
  for (const path of bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs))) {
    const folder = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (folder !== undefined) bundled.add(folder);
  }
  if (!formats.includes("cjs")) continue;
  for (const entry of entries) {
    await declarationsForRequire(join(folder, "dist"), entry, exportedValues(bundles[0], `src/${entry}.ts`));
  }
}

await writeFile(join(here, "dist/bundled.json"), JSON.stringify([...bundled].sort()));

await import("./vscode/assets.mjs");

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

/** Which names the bundle of an entry exports; types are gone in it. */
function exportedValues({ metafile }, entry) {
  return Object.values(metafile.outputs).find((output) => output.entryPoint?.endsWith(entry)).exports;
}

/**
 * TypeScript takes `index.d.ts` for the types of an ES module, which a CommonJS module may not `require`. So there is one for
 * `require` too, with the same types and nothing of its own.
 */
async function declarationsForRequire(dist, entry, values) {
  const names = (await readdir(dist)).filter((name) => name.endsWith(".d.ts"));
  const texts = await Promise.all(names.map((name) => readFile(join(dist, name), "utf8")));
  const classes = new Set(
    texts.flatMap((text) => [...text.matchAll(/^export declare class (\w+)/gm)].map((match) => match[1])),
  );
  const lines = values.flatMap((name) => [
    `export declare const ${name}: typeof api.${name};`,
    ...(classes.has(name) ? [`export type ${name} = api.${name};`] : []),
  ]);
  const from = `from "./${entry}.js" with { "resolution-mode": "import" };`;
  await writeFile(
    join(dist, `${entry}.d.cts`),
    [`import type * as api ${from}`, `export type * ${from}`, ...lines, ""].join("\n"),
  );
}
