// The program as a user has it: both packages as npm packs them, in a node_modules of a folder of its own.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { install, root } from "../../package/install.mjs";

/** Packs and installs. `run` starts the program with nothing of this machine's user: no home, no token, no language. */
export function installProgram() {
  const user = install();
  const place = join(user.folder, "node_modules/costrict-credit-cli");
  const packed = mkdtempSync(join(user.folder, "packed-"));
  const options = ["--workspace", "costrict-credit-cli", "--pack-destination", packed, "--silent"];
  execFileSync("npm", ["pack", ...options], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  mkdirSync(place, { recursive: true });
  const [tarball] = readdirSync(packed);
  execFileSync("tar", ["-xzf", join(packed, tarball), "-C", place, "--strip-components=1"]);
  const main = join(place, "dist/main.cjs");
  let homes = 0;

  /** The environment of a new user. */
  const newUser = (env = {}) => {
    const home = join(user.folder, `home-${(homes += 1)}`);
    mkdirSync(home);
    return {
      PATH: process.env.PATH,
      HOME: home,
      TZ: "Asia/Shanghai",
      LANG: "en_US.UTF-8",
      TERM: "xterm-256color",
      ...env,
    };
  };

  async function run(args, { env = newUser(), input = "", cwd = user.folder } = {}) {
    const child = spawn(process.execPath, [main, ...args], { env, cwd, stdio: "pipe" });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (part) => (stdout += part));
    child.stderr.setEncoding("utf8").on("data", (part) => (stderr += part));
    child.stdin.on("error", () => {}).end(input);
    const [code] = await once(child, "close");
    return { code, stdout, stderr };
  }
  return {
    folder: user.folder,
    place,
    main,
    newUser,
    run,
    /** A module of the core's package, as a program beside this one would load it. */
    library: (name) =>
      import(pathToFileURL(join(user.place, name === undefined ? "index.js" : `${name}/dist/index.js`))),
    remove: () => rmSync(user.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 }),
  };
}
