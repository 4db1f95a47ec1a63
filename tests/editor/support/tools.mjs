// A real VS Code for the tests: the server that is inside code-server, without code-server's own wrapper, and vsce.
// Both stay in target/tools, so that only users of these tests install them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** VS Code 1.100.3: the last line that was built for Node 20. */
const WANTED = { "code-server": "4.100.3", "@vscode/vsce": "3.9.2" };
const FOLDER = process.env.EDITOR_TOOLS ?? fileURLToPath(new URL("../../../target/tools/editor", import.meta.url));

const vscode = join(FOLDER, "node_modules/code-server/lib/vscode");
export const serverProgram = join(vscode, "out/server-main.js");
export const vsce = join(FOLDER, "node_modules/.bin/vsce");

/** Installs what is missing. No install script runs: nothing is compiled, nothing comes from elsewhere than the registry. */
export function installTools() {
  const stamp = join(FOLDER, "installed.json");
  const wanted = JSON.stringify(WANTED);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("# installing VS Code's server for the tests, once");
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, "package.json"), '{"private":true}\n');
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts"];
  const versions = Object.entries(WANTED).map(([name, version]) => `${name}@${version}`);
  npm(FOLDER, "install", ...quiet, "--omit=optional", "--save-exact", ...versions);
  // VS Code's own dependencies are not in its package. `npm ci` refuses its shrinkwrap, in which one entry is missing.
  npm(vscode, "install", ...quiet, "--omit=dev");
  writeFileSync(stamp, wanted);
}

function npm(cwd, ...args) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
  const done = spawnSync(process.platform === "win32" ? "npm.cmd" : "npm", args, { cwd, env, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`npm ${args.join(" ")}\n${done.stdout ?? ""}${done.stderr ?? done.error}`);
}
