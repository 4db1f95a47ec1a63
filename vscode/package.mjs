// Packs the extension into a .vsix by vsce, which is not among the workspace's packages: VSCE names its program.
import { spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const tools = join(here, "../target/tools/editor/node_modules/.bin");
const program = process.env.VSCE ?? join(tools, process.platform === "win32" ? "vsce.cmd" : "vsce");
const out = join(here, "../target/package/costrict-credit.vsix");
/** Of it the wasm is 332 KB, and the notices of others' code 3. */
const LIMIT = 556 * 1024;

mkdirSync(dirname(out), { recursive: true });
// Everything is bundled, and the repository's address is not written down in the manifest.
const packed = spawnSync(program, ["package", "--no-dependencies", "--allow-missing-repository", "--out", out], {
  cwd: here,
  encoding: "utf8",
});
process.stdout.write(`${packed.stdout ?? ""}${packed.stderr ?? ""}`);
if (packed.error) throw packed.error;
if (packed.status !== 0) process.exit(packed.status ?? 1);
if (/warning/i.test(packed.stdout + packed.stderr)) throw new Error("vsce warns");
const size = statSync(out).size;
console.log(`${size} bytes`);
if (size > LIMIT) throw new Error(`the .vsix has ${size} bytes, ${LIMIT} are allowed`);
