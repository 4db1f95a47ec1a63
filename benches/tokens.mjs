// The token estimate beside tokenx, gpt-tokenizer and tiktoken/lite in one run (benches/tokens/run.mjs). The peers are installed here, for this
// bench alone; the estimate is built to a wasm file of its own, for speed and not for size.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("tokens/", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

function step(program, ...args) {
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: "inherit" });
  if (status !== 0) {
    console.error(`${program} ${args.join(" ")} failed${error ? `: ${error.message}` : ""}`);
    process.exit(1);
  }
}

if (!existsSync(`${folder}node_modules`)) step(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
step(npm, "run", "--silent", "build");
step(process.execPath, "run.mjs");
