// The editor suite: installs the editor once, packs the extension that `npm run build` made, and runs the tests on it.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { installTools, vsce } from "./support/tools.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");

installTools();
const packed = spawnSync(process.execPath, [join(root, "vscode/package.mjs")], {
  encoding: "utf8",
  env: { ...process.env, VSCE: vsce },
});
if (packed.status !== 0) {
  console.error(packed.stdout + packed.stderr);
  process.exit(1);
}
const files = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs"))
  .sort();
// One editor at a time: each takes most of a small machine. A file ends with its last test, even where a bundler's process is left.
const ends = ["--test-concurrency=1", "--test-force-exit"];
const options = ["--test", "--test-reporter=tap", ...ends, ...process.argv.slice(2)];
const done = spawnSync(process.execPath, [...options, ...files.map((name) => join(here, name))], {
  stdio: "inherit",
  cwd: root,
});
process.exit(done.status ?? 1);
