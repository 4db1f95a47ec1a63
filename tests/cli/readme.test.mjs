// The commands of both READMEs, typed as they stand, with the packages as npm packs them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";

import { root } from "../package/install.mjs";
import { startDemo } from "./support/demo.mjs";
import { installProgram } from "./support/program.mjs";
import { openTerminal } from "./support/terminal.mjs";

const run = promisify(execFile);
const program = installProgram();
const { ledger, token } = await startDemo();
after(async () => {
  await ledger.stop();
  program.remove();
});

const bin = join(program.folder, "bin");
mkdirSync(bin);
symlinkSync(program.main, join(bin, "costrict-credit"));
// What npx does once the package is in its cache; that it finds it there is npm's affair.
writeFileSync(join(bin, "npx"), `#!/bin/sh\nshift\nexec '${program.main}' "$@"\n`, { mode: 0o755 });

/** A folder with nothing but what the commands name. */
function newcomer() {
  const env = program.newUser({ COSTRICT_BASE_URL: ledger.url, COSTRICT_TOKEN: token });
  writeFileSync(join(env.HOME, "prompt.txt"), "Rename the parser");
  return { ...env, PATH: `${bin}:${env.PATH}` };
}

/** Lines of a shell's blocks. */
function commandsOf(path) {
  const blocks = readFileSync(path, "utf8").matchAll(/^```sh\n([\s\S]*?)^```$/gm);
  const lines = [...blocks].flatMap(([, block]) => block.trimEnd().split("\n"));
  return lines.filter((line) => /\bcostrict-credit(-cli)?\b/.test(line) && !line.startsWith("#"));
}

/** What has another test, since it needs a browser, or a client of its own; and what waits for keys. */
const IN_BROWSER = /^costrict-credit login/;
const SPEAKS_A_PROTOCOL = /^costrict-credit mcp/;
const DASHBOARD = /\bwatch\b/;
const UNKNOWN_TASK = /^costrict-credit task 42/;

for (const [name, path] of [
  ["project", join(root, "README.md")],
  ["program", join(program.place, "README.md")],
]) {
  test(`each command of the ${name}'s README does what it says`, async () => {
    const env = newcomer();
    const options = { cwd: env.HOME, env };
    const lines = commandsOf(path);
    assert.ok(lines.length >= 5, `${lines.length} commands`);
    for (const line of lines) {
      if (IN_BROWSER.test(line) || SPEAKS_A_PROTOCOL.test(line)) continue;
      if (DASHBOARD.test(line)) {
        const terminal = openTerminal(["sh", "-c", line.replace(/ +#.*/, "")], { env });
        await terminal.shows(/credits left/);
        terminal.press("q");
        assert.equal(await terminal.ended, 0, line);
      } else if (UNKNOWN_TASK.test(line)) {
        await assert.rejects(run("sh", ["-c", line], options), { code: 2 });
      } else if (line.startsWith("PS1=")) {
        const { stdout } = await run("bash", ["-c", `${line}; printf %s "\${PS1@P}"`], options);
        assert.match(stdout, /^[\d,.–]+ [$#] $/);
      } else {
        // Fails where the exit code is not 0.
        const { stdout, stderr } = await run("sh", ["-c", line], options);
        if (line.includes(" -o ")) assert.ok(existsSync(join(env.HOME, "usage.csv")));
        else assert.notEqual((stdout + stderr).trim(), "", line);
      }
    }
  });
}
