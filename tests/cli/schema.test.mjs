// Every command's `--json` against the published schema. A command that is not in this list fails the first test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, test } from "node:test";

import { startDemo } from "./support/demo.mjs";
import { installProgram } from "./support/program.mjs";
import { reader } from "./support/schema.mjs";

const program = installProgram();
const read = reader(program.place);
const { ledger, token } = await startDemo();
after(async () => {
  await ledger.stop();
  program.remove();
});
const user = (env = {}) => program.newUser({ COSTRICT_BASE_URL: ledger.url, COSTRICT_TOKEN: token, ...env });

const CALLS = {
  status: [],
  grants: [],
  forecast: [],
  models: [],
  estimate: ["GLM-4.6", "--tokens", "2000"],
  compare: ["--tokens", "2000"],
  task: [],
  usage: [],
  records: [],
  export: ["usage", "-o", "usage.csv"],
  login: ["--token-stdin"],
  logout: [],
  statusline: [],
};
/** `watch` runs until it is ended; `mcp` speaks a protocol of its own; `demo` runs the others. */
const ELSEWHERE = ["watch", "mcp", "demo"];

test("each command of the help is in the list", async () => {
  const { stdout } = await program.run(["--help"]);
  const [, commands] = stdout.split(/^Commands:$/m);
  const named = [...commands.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), [...Object.keys(CALLS), ...ELSEWHERE].sort());
});

for (const [command, words] of Object.entries(CALLS)) {
  test(`\`${command} --json\` is what the schema says, and so is its failure`, async () => {
    const env = user();
    const { code, stdout, stderr } = await program.run([command, ...words, "--json"], {
      env,
      cwd: env.HOME,
      input: command === "login" ? `${token}\n` : "",
    });
    assert.equal(code, 0, stderr);
    assert.ok(read(stdout, command) !== undefined);
    const failed = await program.run([command, ...words, "--json", "--lang", "5%"], { env, cwd: env.HOME });
    assert.equal(failed.code, 2);
    assert.equal(read(failed.stdout, command).name, "wrong_call");
  });
}

test("`watch --json` prints a line for each change, and ends with its reader and at a signal", async () => {
  const env = user({ COSTRICT_TOKEN: await ledger.token(await ledger.account()) });
  for (const end of ["signal", "reader"]) {
    const child = spawn(process.execPath, [program.main, "watch", "--json"], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    const lines = createInterface({ input: child.stdout });
    for await (const line of lines) {
      const { account, text } = read(line, "watch");
      assert.deepEqual([account.state, text.length > 0], ["known", true]);
      break;
    }
    if (end === "signal") child.kill("SIGTERM");
    else {
      child.stdout.destroy();
      // The next change: another program of the same user has begun a request.
      const { CreditClient, load } = await program.library();
      await load();
      const { FileStore, nodeHost, environmentToken } = await program.library("node");
      const host = nodeHost({
        server: ledger.url,
        token: environmentToken("COSTRICT_TOKEN", env),
        store: new FileStore(`${env.HOME}/.local/state/costrict-credit/account`),
      });
      const client = new CreditClient(host, { baseUrl: ledger.url });
      await client.open();
      client.begin({ model: "GLM-4.6", text: "hello" });
      await ended;
      client.free();
    }
    assert.deepEqual(await ended, [0, null]);
  }
});

test("`demo` prints what the command prints", async () => {
  const { stdout } = await program.run(["demo", "status", "--json"]);
  assert.equal(read(stdout, "status").account.state, "known");
});
