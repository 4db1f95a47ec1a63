// What a terminal shows: tables that fit, colours, wide characters, and a dashboard that leaves no trace.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import stringWidth from "string-width";

import { until } from "../editor/support/until.mjs";
import { startDemo } from "./support/demo.mjs";
import { installProgram } from "./support/program.mjs";
import { openTerminal } from "./support/terminal.mjs";

const program = installProgram();
const demo = await startDemo();
const { ledger, token } = demo;
after(async () => {
  await ledger.stop();
  program.remove();
});
const user = (env = {}) => program.newUser({ COSTRICT_BASE_URL: ledger.url, COSTRICT_TOKEN: token, ...env });
const words = (...args) => [process.execPath, program.main, ...args];

test("lines fit the terminal, and numbers are whole", async () => {
  const env = user();
  for (const columns of [40, 60, 100]) {
    for (const command of ["status", "models", "records", "usage"]) {
      const terminal = openTerminal(words(command), { env, columns, rows: 60 });
      assert.equal(await terminal.ended, 0);
      // A line that is too wide would continue in the next one.
      const { active } = terminal.screen.buffer;
      const wrapped = Array.from({ length: active.length }, (_, row) => active.getLine(row)).filter(
        (line) => line.isWrapped,
      );
      assert.deepEqual(
        wrapped.map((line) => line.translateToString(true)),
        [],
        `${command} in ${columns} columns`,
      );
      if (command === "status") assert.match(terminal.text(), new RegExp(`${demo.left} credits left`));
    }
  }
});

test("columns of wide characters are where the others are", async () => {
  const { stdout } = await program.run(["records", "--lang", "zh-CN"], { env: user() });
  const [, head, ...rows] = stdout.trimEnd().split("\n").slice(0, -1);
  const column = stringWidth(head.slice(0, head.indexOf("说明")));
  for (const row of rows) {
    let at = 0;
    let width = 0;
    for (const character of row) {
      if (width >= column) break;
      width += stringWidth(character);
      at += character.length;
    }
    assert.equal(width, column, row);
    assert.match(row.slice(0, at), / {2}$/, row);
  }
});

test("colours are for terminals, and for no one who does not want them", async () => {
  const isColored = (output) => output.includes("\x1b[1m") || output.includes("\x1b[2m");
  const inTerminal = openTerminal(words("status"), { env: user() });
  await inTerminal.ended;
  assert.ok(isColored(inTerminal.output()));
  for (const [env, ...args] of [
    [{ NO_COLOR: "1" }, "status"],
    [{}, "status", "--no-color"],
    [{ TERM: "dumb" }, "status"],
  ]) {
    const terminal = openTerminal(words(...args), { env: user(env) });
    assert.equal(await terminal.ended, 0);
    assert.ok(!isColored(terminal.output()));
  }
  assert.ok(isColored((await program.run(["status"], { env: user({ FORCE_COLOR: "1" }) })).stdout));
});

test("watch draws in place, follows the account, obeys keys, and leaves the terminal as it was", async () => {
  const env = user();
  const file = (name) => join(env.HOME, name);
  const terminal = openTerminal(words("watch"), {
    env,
    rows: 40,
    before: `echo kept; stty -g > '${file("before")}'`,
    after: `stty -g > '${file("after")}'; echo back`,
  });
  await terminal.shows(new RegExp(String.raw`${demo.left} credits left[\s\S]*r refresh`));
  assert.ok(terminal.isAlternate());
  // Today's use, once it was read.
  await terminal.shows(/Usage/);
  terminal.press("m");
  await until("amounts to be hidden", () => (new RegExp(demo.left).test(terminal.text()) ? undefined : true));
  terminal.press("m");
  await terminal.shows(new RegExp(demo.left));
  await ledger.admin("POST", `/accounts/${demo.id}/grants`, { amount: 40, valid_days: 20, source: "gift" });
  await until("the new reading", () => {
    terminal.press("r");
    return new RegExp(demo.leftAfter(40)).test(terminal.text()) ? true : undefined;
  });
  assert.equal(terminal.text().match(/credits left/g).length, 1);
  terminal.press("q");
  assert.equal(await terminal.ended, 0);
  assert.ok(!terminal.isAlternate());
  assert.match(terminal.text(), /^kept\nback$/);
  assert.equal(readFileSync(file("after"), "utf8"), readFileSync(file("before"), "utf8"));
});

test("watch leaves the terminal at Ctrl+C and at a signal", async () => {
  for (const end of ["key", "signal"]) {
    const env = user();
    const pidFile = join(env.HOME, "pid");
    // The shell becomes the program, so that its number is known.
    const started = `sh -c 'echo $$ > "$0"; exec "$@"' '${pidFile}'`;
    const terminal = openTerminal(words("watch"), { env, started, after: "stty -a" });
    await terminal.shows(/credits left/);
    if (end === "key") terminal.press("\x03");
    else process.kill(Number(readFileSync(pidFile, "utf8")), "SIGTERM");
    assert.equal(await terminal.ended, 0);
    assert.ok(!terminal.isAlternate());
    assert.match(terminal.output(), /\sicanon/);
  }
});
