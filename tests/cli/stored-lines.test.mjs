// Lines that are stored: each is what the core says at that time, and they end with whatever they depend on.
import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startDemo } from "./support/demo.mjs";
import { installProgram } from "./support/program.mjs";

const ELSEWHEN = fileURLToPath(new URL("support/elsewhen.cjs", import.meta.url));
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How far a line in the foreground reaches. */
const AHEAD = MINUTE;

const program = installProgram();
const { ledger, token } = await startDemo();
after(async () => {
  await ledger.stop();
  program.remove();
});
const user = (env = {}) => program.newUser({ COSTRICT_BASE_URL: ledger.url, COSTRICT_TOKEN: token, ...env });
const state = (env) => join(env.HOME, ".local/state/costrict-credit");
const folder = (env) => join(state(env), "statusline");

/** The one file of lines, with the time at which it was written. */
function stored(env) {
  const [name] = readdirSync(folder(env)).filter((file) => file.endsWith(".json"));
  const path = join(folder(env), name);
  return { ...JSON.parse(readFileSync(path, "utf8")), path, written: statSync(path).mtimeMs };
}

/** The line with the clock at a time. */
async function lineAt(env, time, words = []) {
  const elsewhen = { NODE_OPTIONS: `--require ${ELSEWHEN}`, ELSEWHEN_MS: String(Math.round(time - Date.now())) };
  const { code, stdout, stderr } = await program.run(["statusline", ...words], { env: { ...env, ...elsewhen } });
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

/** A user with the same account and no stored lines. */
function withoutLines(env) {
  const other = user();
  cpSync(state(env), state(other), { recursive: true, preserveTimestamps: true });
  rmSync(folder(other), { recursive: true, force: true });
  return { ...env, HOME: other.HOME };
}

describe("a stored line is what the core says", () => {
  let env, asOf, expiry;
  before(async () => {
    env = user();
    const { result } = JSON.parse((await program.run(["grants", "--json"], { env })).stdout);
    asOf = result.asOf;
    expiry = result.grants[0].expiresAt;
  });

  /** Lines from the time on, and at each of `later` the same as without them. */
  async function check(time, later, words = [], own = env) {
    rmSync(folder(own), { recursive: true, force: true });
    await lineAt(own, time, words);
    const { written, lines, until } = stored(own);
    const seen = [];
    for (const at of later) {
      const line = await lineAt(own, at, words);
      assert.equal(line, await lineAt(withoutLines(own), at, words), `${words} ${new Date(at).toISOString()}`);
      if (at >= lines[0][0] && at < until) assert.equal(stored(own).written, written, "the line was a stored one");
      seen.push(line);
    }
    return { seen, lines, until };
  }

  // A process is slower than a millisecond: times are some distance from a change, and the change itself is checked below.
  for (const [name, change] of [
    ["turns stale", () => asOf + 10 * MINUTE],
    ["grows older", () => asOf + 15 * MINUTE],
    ["is a day old", () => asOf + 24 * HOUR],
    ["loses a grant", () => expiry],
    ["is about another day", () => expiry - 24 * HOUR],
  ]) {
    test(`before and after a reading ${name}`, async () => {
      const at = change();
      const { seen, lines } = await check(at - 25_000, [at - 8_000, at + 8_000, at + 20_000]);
      assert.notEqual(seen[0], seen[1], "this is a change");
      const from = lines.find(([, text]) => text === seen[1])[0];
      // Times of the server are whole seconds.
      assert.ok(Math.abs(from - at) <= 1_500, `${from - at} ms from the change`);
    });
  }

  for (const words of [
    ["--short"],
    ["--json"],
    ["--masked"],
    ["--lang", "zh-CN"],
    ["--time-zone", "America/New_York"],
  ]) {
    test(`with ${words.join(" ")}`, async () => {
      const at = asOf + 10 * MINUTE;
      await check(at - 20_000, [at - 8_000, at + 8_000], words);
    });
  }

  test("in colour, and for a user who is signed out", async () => {
    const now = Date.now();
    await check(expiry - 5_000, [expiry + 8_000], [], { ...env, FORCE_COLOR: "1" });
    const { seen } = await check(now, [now + 30_000], [], { ...env, COSTRICT_TOKEN: "" });
    assert.match(seen[0], /Signed out/);
  });

  test("after the last of them, and before the first", async () => {
    const time = Date.now();
    const { until } = await check(time, [time + 2 * AHEAD]);
    assert.ok(until <= time + AHEAD + 5_000);
    await check(time + HOUR, [time]);
  });
});

describe("a stored line ends", () => {
  /** The call again, and whether it printed the stored line. */
  async function isStored(env, words = []) {
    const { path, written } = stored(env);
    utimesSync(path, new Date(), new Date(written - 5_000));
    const before = readdirSync(folder(env)).filter((file) => file.endsWith(".json")).length;
    await lineAt(env, Date.now(), words);
    const after = readdirSync(folder(env)).filter((file) => file.endsWith(".json"));
    return after.length === before && Math.abs(statSync(path).mtimeMs - (written - 5_000)) < 1;
  }

  let env;
  before(async () => {
    env = user();
    await program.run(["status"], { env });
  });
  const fresh = async (own = env) => {
    rmSync(folder(own), { recursive: true, force: true });
    await lineAt(own, Date.now());
  };

  test("with nothing that it does not depend on", async () => {
    await fresh();
    assert.equal(await isStored(env), true);
    assert.equal(await isStored({ ...env, PAGER: "less" }), true);
  });

  for (const [name, change] of [
    ["another token", { COSTRICT_TOKEN: "" }],
    ["another server", { COSTRICT_BASE_URL: "http://127.0.0.1:1" }],
    ["another language", { LC_ALL: "ja_JP.UTF-8" }],
    ["another zone", { TZ: "America/New_York" }],
    ["colours", { FORCE_COLOR: "1" }],
  ]) {
    test(`with ${name}`, async () => {
      await fresh();
      assert.equal(await isStored({ ...env, ...change }), false);
    });
  }

  test("with a new reading, a sign-in of the program, and one of CoStrict", async () => {
    for (const change of [
      () => {
        const account = join(state(env), "account");
        const [name] = readdirSync(account).filter((file) => file.endsWith(".value"));
        const path = join(account, name);
        writeFileSync(path, readFileSync(path));
      },
      () => writeFileSync(join(state(env), "token.json"), "{}"),
      () => {
        mkdirSync(join(env.HOME, ".costrict/share"), { recursive: true });
        writeFileSync(join(env.HOME, ".costrict/share/auth.json"), "{}");
      },
    ]) {
      await fresh();
      assert.equal(await isStored(env), true);
      change();
      assert.equal(await isStored(env), false);
    }
  });

  test("and has no token in it", async () => {
    await fresh();
    const { path } = stored(env);
    const [, payload, signature] = token.split(".");
    for (const part of [payload, signature]) assert.ok(!readFileSync(path, "utf8").includes(part));
    assert.equal(statSync(path).mode & 0o077, 0);
    assert.ok(existsSync(path));
  });
});
