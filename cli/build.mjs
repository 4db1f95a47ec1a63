// Builds the program into dist/: what a status line needs, the other commands, and the MCP server, which is loaded by `mcp` only.
// And schema/output-1.json from src/output-types.ts.
import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { build } from "esbuild";
import { createGenerator } from "ts-json-schema-generator";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const run = promisify(execFile);
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const { version } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));

await rm(dist, { recursive: true, force: true });
await run(process.execPath, [tsc, "-p", here]).catch((cause) => {
  console.error(cause.stdout);
  process.exit(1);
});

const SHIPPED = {
  absWorkingDir: here,
  bundle: true,
  platform: "node",
  target: "node20",
  // The core is a package of its own, loaded once.
  external: ["costrict-credit", "costrict-credit/*"],
  define: { PACKAGE_VERSION: JSON.stringify(version) },
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};

/** By `require`, which starts faster than `import`: a status line is drawn before each prompt. Of the packages it takes what it
 *  needs, by module: finding and reading them whole takes longer than running them. */
const STATUSLINE = {
  ...SHIPPED,
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  format: "cjs",
  external: ["costrict-credit", "./program.js", "./statusline.cjs"],
  alias: {
    "costrict-credit/node": join(here, "../pkg/node/src/index.ts"),
    "costrict-credit/panel-session": join(here, "../pkg/panel-session/src/index.ts"),
  },
};

const bundles = await Promise.all([
  // Stored lines only, in as little code as possible.
  build({ ...STATUSLINE, entryPoints: ["src/main.ts"] }),
  build({ ...STATUSLINE, entryPoints: { statusline: "src/statusline/render.ts" } }),
  build({
    ...SHIPPED,
    entryPoints: ["src/program.ts"],
    outdir: "dist",
    format: "esm",
    splitting: true,
    // For the libraries that are written for `require`.
    banner: {
      js:
        'import { createRequire } from "node:module";import { fileURLToPath } from "node:url";' +
        'const require = createRequire(import.meta.url), __dirname = fileURLToPath(new URL(".", import.meta.url));',
    },
  }),
]);
await chmod(join(dist, "main.cjs"), 0o755);
await Promise.all([writeLicences(bundles), writeSchema()]);

/** What the licences of the bundled libraries ask for: their texts beside the code. */
async function writeLicences(bundles) {
  const inputs = bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const folders = new Set(inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
  const texts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
      const file = (await readdir(join(here, folder))).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined) throw new Error(`${name} has no file with its licence`);
      return `${name} ${version} (${license})\n\n${(await readFile(join(here, folder, file), "utf8")).trim()}\n`;
    }),
  );
  await writeFile(join(dist, "THIRD-PARTY-NOTICES.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
}

async function writeSchema() {
  const schema = createGenerator({
    path: join(here, "src/output-types.ts"),
    tsconfig: join(here, "tsconfig.json"),
    type: "Output",
    additionalProperties: true,
    skipTypeCheck: true,
  }).createSchema("Output");
  await mkdir(join(here, "schema"), { recursive: true });
  await writeFile(join(here, "schema/output-1.json"), `${JSON.stringify(schema, undefined, 1)}\n`);
}
