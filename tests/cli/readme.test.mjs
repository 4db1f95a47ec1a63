// The README's commands, typed as they stand.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { startDemo } from "./support/demo.mjs";
import { installProgram } from "./support/program.mjs";

const program = installProgram();
const { ledger, token } = await startDemo();
after(async () => {
  await ledger.stop();
  program.remove();
});

/** They need a browser, a terminal, a client, or a task that was begun. */
const ELSEWHERE = /^costrict-credit (login|watch|mcp|task 42)/;

test("each command of the README does what it says", () => {
  const bin = join(program.folder, "bin");
  mkdirSync(bin);
  symlinkSync(program.main, join(bin, "costrict-credit"));
  const env = program.newUser({ COSTRICT_BASE_URL: ledger.url, COSTRICT_TOKEN: token });
  writeFileSync(join(env.HOME, "prompt.txt"), "Rename the parser");
  const text = readFileSync(join(program.place, "README.md"), "utf8");
  const lines = text.split("\n").filter((line) => line.startsWith("costrict-credit ") && !ELSEWHERE.test(line));
  assert.ok(lines.length > 10, `${lines.length} commands`);
  for (const line of lines.filter((line) => !line.includes("| jq"))) {
    const options = { cwd: env.HOME, env: { ...env, PATH: `${bin}:${env.PATH}` }, encoding: "utf8", stdio: "pipe" };
    // Fails where the exit code is not 0.
    const shown = execFileSync("sh", ["-c", line], options);
    if (line.includes(" -o ")) assert.ok(existsSync(join(env.HOME, "usage.csv")));
    else if (!line.includes("logout")) assert.notEqual(shown.trim(), "", line);
  }
});
