/**
 * The program as its user waits for it, as whole processes: a stored status line, one that is rendered, an answer from the storage and
 * one from the server, and the same by `npx` in an empty folder, from tarballs, with npm's cache warm. Beside each, an empty Node.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "../tests/package/install.mjs";
import { Ledger } from "../tests/panel/support/ledger.mjs";
import { repeats, report, reportTimes } from "./support/report.mjs";

const RUNS = repeats(15);
const folder = mkdtempSync(join(tmpdir(), "cli-bench-"));
const ledger = await Ledger.start();
try {
  const tarballs = pack();
  const token = await ledger.token(await ledger.demo());
  const env = {
    PATH: process.env.PATH,
    HOME: join(folder, "home"),
    LANG: "en_US.UTF-8",
    TZ: "Asia/Shanghai",
    COSTRICT_BASE_URL: ledger.url,
    COSTRICT_TOKEN: token,
    npm_config_cache: join(folder, "npm"),
    npm_config_update_notifier: "false",
    npm_config_offline: "true",
  };
  writeFileSync(join(folder, "empty.cjs"), "");
  for (const name of ["home", "empty", "installed"]) mkdirSync(join(folder, name));
  const npx = (...words) => ["npx", "--yes", ...tarballs.map((file) => `--package=${file}`), ...words];
  const run = ([command, ...words], cwd = join(folder, "empty")) => {
    const { status, stderr } = spawnSync(command, words, { cwd, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${words.join(" ")}: ${status} ${stderr}`);
  };
  run(["npm", "install", "--silent", "--no-audit", "--no-fund", ...tarballs], join(folder, "installed"));
  const main = join(folder, "installed/node_modules/costrict-credit-cli/dist/main.cjs");
  const state = join(env.HOME, ".local/state/costrict-credit");
  const program = (...words) => [process.execPath, main, ...words];

  compare(
    "statusline, stored",
    () => run(program("statusline")),
    () => run(program("status")),
  );
  const forget = (name) => () => existsSync(join(state, name)) && rmSync(join(state, name), { recursive: true });
  compare("statusline, rendered", () => run(program("statusline")), forget("statusline"), true);
  compare(
    "status, from the storage",
    () => run(program("status")),
    () => run(program("status")),
  );
  compare("status, from the server", () => run(program("status")), forget("account"), true);
  // The first call fills npm's cache.
  compare(
    "npx, a program that does nothing",
    () => run(npx("node", "-e", "0")),
    () => run(npx("node", "-e", "0")),
  );
  compare(
    "npx status, from the storage",
    () => run(npx("costrict-credit", "status")),
    () => run(program("status")),
  );
} finally {
  await ledger.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Times the work, in turn with an empty Node: these machines are shared. `prepare` is done once, or before each. */
function compare(name, work, prepare, isEach = false) {
  prepare();
  work();
  const [own, empty] = [[], []];
  for (let round = 0; round < RUNS; round += 1) {
    if (isEach) prepare();
    own.push(timed(work));
    empty.push(timed(startEmpty));
  }
  reportTimes(name, own);
  const ratios = own.map((time, round) => time / empty[round]).sort((one, other) => one - other);
  report(`${name}: times an empty Node`, ratios[Math.floor(ratios.length / 2)], "×", [ratios[0], ratios.at(-1)]);
}

function startEmpty() {
  spawnSync(process.execPath, [join(folder, "empty.cjs")], { env: { PATH: process.env.PATH }, encoding: "utf8" });
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Both packages, as they would be published. */
function pack() {
  const packed = join(folder, "packed");
  mkdirSync(packed);
  for (const name of ["costrict-credit", "costrict-credit-cli"]) {
    const words = ["pack", "--workspace", name, "--pack-destination", packed, "--silent"];
    execFileSync("npm", words, { cwd: root, stdio: "ignore" });
  }
  return readdirSync(packed).map((file) => join(packed, file));
}
