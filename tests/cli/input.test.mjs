// What is wrong with a call: one line on stderr, the right exit code, and never a stack trace.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

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

for (const [line, said] of [
  ["frob", /unknown command 'frob'/],
  ["status --frob", /unknown option '--frob'/],
  ["status extra", /too many arguments/],
  ["estimate No-Such-Model --tokens 5", /There is no model No-Such-Model\. Known are: Auto, /],
  ["estimate --file absent.txt", /absent\.txt cannot be read \(ENOENT\)/],
  ["estimate --file .", /cannot be read \(EISDIR\)/],
  ["estimate --tokens -5", /not an amount/],
  ["estimate --tokens 5 --text five", /Give the prompt once/],
  ["estimate --identity robot", /neither user nor system/],
  ["usage --range yesterday", /yesterday is not possible for --range/],
  ["usage --from 2026-02-30 --to 2026-03-01", /2026-02-30 is not a date/],
  ["usage --from 2026-03-01", /belong together/],
  ["usage --from 2026-03-02 --to 2026-03-01", /ends before it begins/],
  ["records --page 0", /page/],
  ["records --kind gift", /gift is not possible for --kind/],
  ["export everything", /everything is not possible/],
  ["export usage --format xml", /xml is not possible for --format/],
  ["export usage -o no/such/folder.csv", /cannot be written \(ENOENT\)/],
  ["status --server nonsense", /nonsense is not the address of a server/],
  ["status --lang 5%", /not a language tag/],
  ["status --time-zone Mars/Olympus", /Mars\/Olympus is not a time zone/],
  ["task no-such-task", /There is no task no-such-task/],
  ["watch", /watch needs a terminal/],
  ["login --server http://credits.example", /begins with https:\/\//],
]) {
  test(`\`${line}\` is a wrong call`, async () => {
    const words = line.split(" ");
    const { code, stdout, stderr } = await program.run(words, { env: user() });
    assert.match(stderr, said);
    assert.match(stderr, /^costrict-credit: .*\n(\(Did you mean .*\)\n)?$/);
    assert.doesNotMatch(stderr, /node:|\n\s+at /);
    assert.equal(stdout, "");
    assert.equal(code, 2);
    if (["frob", "watch"].includes(words[0])) return;
    const json = await program.run([...words, "--json"], { env: user() });
    assert.equal(json.code, code);
    assert.ok(read(json.stdout, words[0]).message.length > 0);
  });
}

test("a token that cannot be one is a wrong call, and is not in the message", async () => {
  for (const [env, args, input] of [
    [user({ COSTRICT_TOKEN: "two words" }), ["status"], ""],
    [user({ COSTRICT_TOKEN: "" }), ["status", "--token-stdin"], "two words\n"],
    [user({ COSTRICT_TOKEN: "" }), ["status", "--token-stdin"], ""],
  ]) {
    const { code, stderr } = await program.run(args, { env, input });
    assert.equal(code, 2, stderr);
    assert.doesNotMatch(stderr, /two words/);
  }
});

test("a broken sign-in of CoStrict is named, and does not hide a token that is elsewhere", async () => {
  const env = user({ COSTRICT_TOKEN: "" });
  const shared = join(env.HOME, "shared");
  mkdirSync(shared);
  writeFileSync(join(shared, "auth.json"), '{"access_token":');
  const broken = await program.run(["status"], { env: { ...env, COSTRICT_SHARE_DIR: shared } });
  assert.equal(broken.code, 3);
  assert.match(broken.stderr, /auth\.json .*not valid JSON/);
  const given = await program.run(["status"], { env: { ...env, COSTRICT_SHARE_DIR: shared, COSTRICT_TOKEN: token } });
  assert.equal(given.code, 0, given.stderr);
});

test("where nothing can be stored, the answer comes all the same, with one line about it", async () => {
  const env = user();
  const file = join(env.HOME, "file");
  writeFileSync(file, "");
  const { code, stdout, stderr } = await program.run(["status"], { env: { ...env, COSTRICT_CREDIT_HOME: file } });
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(demo.left));
  assert.match(stderr, /^Nothing could be stored.*\n$/);
});

test("a reader that has gone is no error", async () => {
  const { spawnSync } = await import("node:child_process");
  const line = `'${process.execPath}' '${program.main}' usage --range 30days | head -n 1`;
  const { stderr } = spawnSync("sh", ["-c", line], { env: user(), encoding: "utf8" });
  assert.equal(stderr, "");
});
