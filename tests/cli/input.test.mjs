// What is wrong with a call: one line on stderr, the right exit code, and never a stack trace.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
  ["frob", /There is no command frob/],
  ["status --frob", /There is no option --frob/],
  ["stats", /There is no command stats\. Did you mean status\?/],
  ["export", /what is missing/],
  ["usage --range", /--range <range> needs a value/],
  ["demo login", /login is not part of the demo/],
  ["statusline --lang 5%", /not a language tag/],
  ["mcp --server nonsense", /nonsense is not the address of a server/],
  ["status extra", /extra was not expected/],
  ["estimate No-Such-Model --tokens 5", /There is no model No-Such-Model\. Models: Auto, /],
  ["estimate --file absent.txt", /absent\.txt cannot be read \(ENOENT\)/],
  ["estimate --file .", /cannot be read \(EISDIR\)/],
  ["estimate --tokens -5", /-5 is not a number that --tokens can have/],
  ["estimate --tokens 5 --text five", /Give the prompt once/],
  ["estimate --identity robot", /robot is not possible for --identity\. Possible: user, system/],
  ["usage --range yesterday", /yesterday is not possible for --range/],
  ["usage --from 2026-02-30 --to 2026-03-01", /2026-02-30 is not a date/],
  ["usage --from 2026-03-01", /belong together/],
  ["usage --from 2026-03-02 --to 2026-03-01", /ends before it begins/],
  ["records --page-size 0", /0 is not a number that --page-size can have/],
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
    assert.match(stderr, /^(Made-up numbers.*\n)?costrict-credit: .*\n$/);
    assert.doesNotMatch(stderr, /node:|\n\s+at /);
    assert.equal(stdout, "");
    assert.equal(code, 2);
    if (["watch", "demo"].includes(words[0])) return;
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

test("a folder that takes nothing, and a value that is a pipe, do not hold up a call", async () => {
  const env = user();
  const nowhere = await program.run(["status"], { env: { ...env, COSTRICT_CREDIT_HOME: "/proc/none" } });
  assert.equal(nowhere.code, 0, nowhere.stderr);
  assert.match(nowhere.stderr, /^Nothing could be stored, so each call asks the server\. \/proc\/none.*\n$/);
  const line = await program.run(["statusline"], { env: { ...env, COSTRICT_CREDIT_HOME: "/proc/none" } });
  assert.deepEqual([line.code, line.stdout, line.stderr], [0, "–\n", ""]);
  await program.run(["status"], { env });
  const folder = join(env.HOME, ".local/state/costrict-credit/account");
  for (const name of readdirSync(folder)) {
    rmSync(join(folder, name));
    execFileSync("mkfifo", [join(folder, name)]);
  }
  const piped = await program.run(["status"], { env });
  assert.equal(piped.code, 0, piped.stderr);
  assert.match(piped.stdout, new RegExp(demo.left));
});

test("a user without a home folder is told what to set", async () => {
  for (const words of [
    ["status"],
    ["statusline"],
    ["login", "--token-stdin"],
    ["logout"],
    ["watch", "--json"],
    ["mcp"],
  ]) {
    const { code, stdout, stderr } = await program.run(words, { env: user({ HOME: "" }), input: `${token}\n` });
    assert.equal(code, 2, `${words}: ${stderr}`);
    assert.match(stderr, /^costrict-credit: This user has no home folder\. Set COSTRICT_CREDIT_HOME.*\n$/);
    if (!words.includes("--json")) assert.equal(stdout, "");
  }
  const own = user({ HOME: "" });
  const shown = await program.run(["status"], { env: { ...own, COSTRICT_CREDIT_HOME: join(program.folder, "state") } });
  assert.equal(shown.code, 0, shown.stderr);
});

test("sign-ins that cannot be read are named", async () => {
  const env = user({ COSTRICT_TOKEN: "" });
  const shared = join(env.HOME, "shared");
  mkdirSync(shared);
  symlinkSync("auth.json", join(shared, "auth.json"));
  const unreadable = await program.run(["status"], { env: { ...env, COSTRICT_SHARE_DIR: shared } });
  assert.equal(unreadable.code, 3);
  assert.match(unreadable.stderr, /^costrict-credit: .*auth\.json cannot be read \(ELOOP\)\.\n$/);
  mkdirSync(join(env.HOME, ".local/state/costrict-credit"), { recursive: true });
  writeFileSync(join(env.HOME, ".local/state/costrict-credit/token.json"), "{");
  const broken = await program.run(["status"], { env });
  assert.equal(broken.code, 3);
  assert.match(broken.stderr, /^costrict-credit: .*token\.json has no sign-in in it, or is not valid JSON\.\n$/);
  const line = await program.run(["statusline"], { env });
  assert.deepEqual([line.code, line.stdout], [3, ""]);
});

test("errors and help are in the language of the call", async () => {
  const german = await program.run(["frob", "--lang", "de"], { env: user() });
  assert.deepEqual([german.code, german.stderr], [2, "costrict-credit: Es gibt keinen Befehl frob.\n"]);
  const japanese = await program.run(["status", "--server", "nonsense"], { env: user({ LC_ALL: "ja_JP.UTF-8" }) });
  assert.match(japanese.stderr, /nonsense はサーバーのアドレスではありません/);
  for (const [lang, said] of [
    ["zh-HK", /用法：[\s\S]*命令：[\s\S]*餘額，以及最近到期的點數/],
    ["pt", /Uso:[\s\S]*Comandos:/],
  ]) {
    const { code, stdout } = await program.run(["--help", "--lang", lang], { env: user() });
    assert.equal(code, 0);
    assert.match(stdout, said);
  }
});

test("a reader that has gone is no error", async () => {
  const { spawnSync } = await import("node:child_process");
  const line = `'${process.execPath}' '${program.main}' usage --range 30days | head -n 1`;
  const { stderr } = spawnSync("sh", ["-c", line], { env: user(), encoding: "utf8" });
  assert.equal(stderr, "");
});
