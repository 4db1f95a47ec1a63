// Every command against the ledger: what it prints for people and for programs, and how it ends.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { startDemo } from "./support/demo.mjs";
import { installProgram } from "./support/program.mjs";
import { reader } from "./support/schema.mjs";

const program = installProgram();
const read = reader(program.place);
const demo = await startDemo();
const { ledger, token } = demo;
after(async () => {
  await ledger.stop();
  program.remove();
});
const user = (env = {}) => program.newUser({ COSTRICT_BASE_URL: ledger.url, COSTRICT_TOKEN: token, ...env });

describe("an account", () => {
  let env;
  before(() => (env = user()));

  for (const [line, shown, check] of [
    [
      "status",
      new RegExp(String.raw`${demo.left} credits left[\s\S]*Valid until[\s\S]*${demo.next}`),
      ({ account }) => account.balance.available === demo.remaining,
    ],
    [
      "grants",
      new RegExp(String.raw`${demo.next}.*in \d+ days`),
      ({ grants }) => grants.length === demo.grants && grants[0].next,
    ],
    ["forecast", /a day: enough for about \d+ days/, ({ pace }) => pace > 0],
    ["forecast --credits-per-day 50", /At 50 credits a day: enough/, ({ pace, basis }) => pace === 50 && basis.plan],
    ["models", /GLM-4\.6 .*credits? a request/, (models) => models[0].id === "Auto"],
    [
      "usage --range 30days",
      /credits, \d+ requests[\s\S]*Total/,
      ({ complete, byDay }) => complete && byDay.length === 30,
    ],
    ["usage --by model", /GLM-4\.6 +[\d.,]+ +\d+ +\d+%/, ({ byModel }) => byModel.length > 0],
    [
      "records --page-size 5",
      new RegExp(`1 to 5 of ${demo.records}`),
      ({ rows, total }) => rows.length === 5 && total === demo.records,
    ],
    ["records --kind expire", /Expired/, ({ rows }) => rows.every(({ kind }) => kind === "expire")],
    ["estimate GLM-4.6 --text hello", /credits? a request[\s\S]*left afterwards/, ({ affordable }) => affordable],
    ["compare --tokens 2000", /Qwen-2\.5-VL +0\.25/, (estimates) => estimates.length === 7],
    ["task --model glm-4.6", /Code review +10 to 50/, ({ estimates }) => estimates.length === 5],
  ]) {
    test(`\`${line}\` shows it, and says the same as JSON`, async () => {
      const words = line.split(" ");
      const plain = await program.run(words, { env });
      assert.deepEqual([plain.code, plain.stderr], [0, ""]);
      assert.match(plain.stdout, shown);
      assert.ok(!plain.stdout.includes("\x1b"));
      const json = await program.run([...words, "--json"], { env });
      assert.deepEqual([json.code, json.stderr], [0, ""]);
      assert.ok(check(read(json.stdout, words[0])), json.stdout);
      const quiet = await program.run([...words, "--quiet"], { env });
      assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, "", ""]);
    });
  }

  test("is shown without amounts, in another language and zone, on request", async () => {
    const masked = await program.run(["status", "--masked"], { env });
    assert.doesNotMatch(masked.stdout, new RegExp(demo.left));
    const german = await program.run(["status", "--lang", "de", "--time-zone", "Europe/Berlin"], { env });
    assert.match(german.stdout, /[\d.]+,?\d* Credits? /);
    const chinese = await program.run(["status"], { env: { ...env, LC_ALL: "zh_CN.UTF-8" } });
    assert.match(chinese.stdout, /剩余积分/);
    const plain = await program.run(["status"], { env: { ...env, LC_ALL: "C" } });
    assert.match(plain.stdout, /credits left/);
  });

  test("goes into a file, which replaces stdout", async () => {
    const path = join(env.HOME, "usage.csv");
    const piped = await program.run(["export", "usage", "--range", "7days"], { env });
    assert.match(piped.stdout, /^\ufeffid,at,atIso/);
    const saved = await program.run(["export", "usage", "--range", "7days", "-o", path, "--json"], { env });
    assert.deepEqual([saved.code, read(saved.stdout, "export").file], [0, path]);
    assert.equal(readFileSync(path, "utf8"), piped.stdout);
    const records = await program.run(["export", "records", "--format", "json"], { env });
    assert.equal(JSON.parse(records.stdout).length, demo.records);
  });

  test("has tasks, which other programs of this machine began", async () => {
    const begin = join(program.folder, "begin.mjs");
    writeFileSync(
      begin,
      `import { CreditClient, load } from "costrict-credit";
import { environmentToken, FileStore, nodeHost } from "costrict-credit/node";
const server = ${JSON.stringify(ledger.url)};
await load();
const client = new CreditClient(nodeHost({ server, token: environmentToken(), store: new FileStore() }), { baseUrl: server });
await client.open();
await client.refresh("open");
const task = { id: "42", title: "Rename the parser" };
const { id } = client.begin({ model: "GLM-4.6", text: "hello", task });
client.settle(id, { kind: "charged", credits: 0.5 });
await client.refresh("turn_ended");
client.free();
`,
    );
    execFileSync(process.execPath, [begin], { env });
    const shown = await program.run(["task", "42"], { env });
    assert.match(shown.stdout, /Rename the parser \(42\) +0\.5 +0 +[\d.]+ +1/);
    const { task } = read((await program.run(["task", "42", "--json"], { env })).stdout, "task");
    assert.deepEqual([task.spent, task.requests], [0.5, 1]);
    const running = ["task", "42", "--feature", "code_review", "--model", "GLM-4.6"];
    assert.match(
      (await program.run(running, { env })).stdout,
      /Still to come: about [\d.]+ credits \([\d.]+ to [\d.]+\)/,
    );
    const { estimates } = read((await program.run([...running, "--json"], { env })).stdout, "task");
    assert.equal(estimates[0].spent, 0.5);
    assert.ok(estimates[0].toCome.requests.expected > 0);
    const { tasks } = read((await program.run(["task", "--json"], { env })).stdout, "task");
    assert.deepEqual(
      tasks.map(({ id }) => id),
      ["42"],
    );
  });

  test("that cannot pay for a request ends `estimate --require` with 4", async () => {
    const own = await ledger.token(await ledger.account());
    // What a new account has is used up.
    await Promise.all(Array.from({ length: 20 }, () => ledger.chat(own, "hello")));
    const poor = user({ COSTRICT_TOKEN: own });
    const line = ["estimate", "Kimi-K2-Moonshot", "--tokens", "10", "--require"];
    const { code, stderr } = await program.run(line, { env: poor });
    assert.equal(code, 4);
    assert.match(stderr, /Kimi-K2-Moonshot costs 10, and 0 are available/);
    assert.equal((await program.run(line, { env })).code, 0);
  });

  test("of an old reading is shown and ends with 5; without a reading nothing is, with 6", async () => {
    const own = user();
    assert.equal((await program.run(["status"], { env: own })).code, 0);
    await ledger.halt();
    try {
      // The storage answers for as long as the policy allows no request.
      const old = await program.run(["status", "--refresh"], { env: own });
      assert.ok([0, 5].includes(old.code), old.stderr);
      assert.match(old.stdout, new RegExp(demo.left));
      const none = await program.run(["status", "--json"], { env: user() });
      assert.equal(none.code, 6);
      assert.equal(read(none.stdout, "status").name, "no_answer");
      assert.equal(none.stderr.trimEnd().split("\n").length, 1);
    } finally {
      await ledger.resume();
    }
  });
});

describe("a sign-in", () => {
  test("is absent: 3, and one line that says what to do", async () => {
    for (const line of [["status"], ["usage"], ["records"], ["grants"], ["forecast"]]) {
      const { code, stdout, stderr } = await program.run(line, { env: user({ COSTRICT_TOKEN: "" }) });
      assert.deepEqual([code, stdout], [3, ""]);
      assert.match(stderr, /^costrict-credit: You are signed out\. Run `costrict-credit login`/);
    }
    const json = await program.run(["status", "--json"], { env: user({ COSTRICT_TOKEN: "" }) });
    assert.equal(read(json.stdout, "status").name, "signed_out");
  });

  test("is stored for its user alone, used, and forgotten; the token is in no output", async () => {
    const env = user({ COSTRICT_TOKEN: "" });
    const login = await program.run(["login", "--token-stdin", "--json"], { env, input: `${token}\n` });
    assert.equal(login.code, 0, login.stderr);
    assert.equal(read(login.stdout, "login").signedIn, true);
    const file = join(env.HOME, ".local/state/costrict-credit/token.json");
    assert.equal(statSync(file).mode & 0o077, 0);
    const status = await program.run(["status"], { env });
    assert.match(status.stdout, new RegExp(demo.left));
    const logout = await program.run(["logout"], { env });
    assert.equal(logout.code, 0);
    for (const { stdout, stderr } of [login, status, logout]) assert.ok(!`${stdout}${stderr}`.includes(token));
    assert.equal((await program.run(["status"], { env })).code, 3);
  });

  test("that the server refuses is not stored", async () => {
    const env = user({ COSTRICT_TOKEN: "" });
    const { code } = await program.run(["login", "--token-stdin"], { env, input: "not.a.token\n" });
    assert.notEqual(code, 0);
    assert.ok(!existsSync(join(env.HOME, ".local/state/costrict-credit/token.json")));
  });

  test("of CoStrict is read with its server, and its file stays as it is", async () => {
    const env = program.newUser();
    const shared = join(env.HOME, "shared");
    mkdirSync(shared);
    const path = join(shared, "auth.json");
    writeFileSync(path, JSON.stringify({ access_token: token, base_url: ledger.url }), { mode: 0o600 });
    const before = readFileSync(path, "utf8");
    const withShared = { ...env, COSTRICT_SHARE_DIR: shared };
    assert.match((await program.run(["status"], { env: withShared })).stdout, new RegExp(demo.left));
    const logout = await program.run(["logout"], { env: withShared });
    assert.match(logout.stderr, /is not ended here/);
    assert.equal(readFileSync(path, "utf8"), before);
    assert.deepEqual(readdirSync(shared), ["auth.json"]);
  });
});
