// Signing in through the browser: a terminal, the ledger's own page in Chromium, and servers that do it wrong.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { until } from "../editor/support/until.mjs";
import { startDemo } from "./support/demo.mjs";
import { installProgram } from "./support/program.mjs";
import { openTerminal } from "./support/terminal.mjs";

const HURRIED = fileURLToPath(new URL("support/hurried.cjs", import.meta.url));
const program = installProgram();
const demo = await startDemo();
const { ledger } = demo;
after(async () => {
  await ledger.stop();
  program.remove();
});

/** A user whose system opens pages by writing their addresses into a file. */
function user(server = ledger.url, env = {}) {
  const own = program.newUser({ COSTRICT_BASE_URL: server, ...env });
  const bin = join(own.HOME, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "xdg-open"), `#!/bin/sh\necho "$1" > '${join(own.HOME, "opened")}'\n`, { mode: 0o755 });
  return { ...own, PATH: `${bin}:${own.PATH}` };
}
const words = (...args) => [process.execPath, program.main, ...args];
const signInFile = (env) => join(env.HOME, ".local/state/costrict-credit/token.json");
const signIn = (env) => Object.values(JSON.parse(readFileSync(signInFile(env), "utf8")).signIns)[0];

describe("a sign-in in the browser", () => {
  let browser;
  before(async () => {
    const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  after(() => browser.close());

  test("is stored when the page was passed, used, and ended at the server by a logout", async () => {
    await ledger.admin("POST", `/accounts/${demo.id}/login`);
    const env = user();
    const terminal = openTerminal(words("login"), { env });
    await terminal.shows(/The sign-in is open in the browser/);
    const address = readFileSync(join(env.HOME, "opened"), "utf8").trim();
    assert.match(address, /[?&]state=[\da-f]{64}&/);
    assert.ok(!terminal.output().includes(address));
    assert.ok(!existsSync(signInFile(env)));
    const page = await browser.newPage();
    await page.goto(address);
    await page.getByText("Signed in", { exact: true }).waitFor();
    assert.equal(await terminal.ended, 0);
    assert.match(terminal.text(), /Signed in as /);
    const { token, renewal } = signIn(env);
    for (const secret of [token, renewal]) assert.ok(!terminal.output().includes(secret));
    const status = await program.run(["status"], { env });
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout, new RegExp(demo.left));
    const logout = await program.run(["logout"], { env });
    assert.deepEqual([logout.code, logout.stdout, logout.stderr], [0, "Signed out.\n", ""]);
    assert.equal((await program.run(["status"], { env })).code, 3);
    const ended = await fetch(`${ledger.url}/quota-manager/api/v1/quota`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(ended.status, 401);
  });

  test("that has expired is renewed by the call that finds it so", async () => {
    await ledger.admin("POST", `/accounts/${demo.id}/login`, { ttl_ms: 4_000 });
    const env = user();
    const terminal = openTerminal(words("login", "--no-browser"), { env, columns: 600 });
    await terminal.shows(/Show it to no one[\s\S]*plugin\/login\?/);
    const page = await browser.newPage();
    await page.goto(/http\S+plugin\/login\?\S+/.exec(terminal.text())[0]);
    assert.equal(await terminal.ended, 0);
    assert.ok(!existsSync(join(env.HOME, "opened")));
    const first = signIn(env);
    const { exp } = JSON.parse(Buffer.from(first.token.split(".")[1], "base64url"));
    await until("the sign-in to expire", () => (Date.now() > (exp + 1) * 1_000 ? true : undefined));
    await ledger.admin("POST", `/accounts/${demo.id}/login`);
    const status = await program.run(["status"], { env });
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout, new RegExp(demo.left));
    const second = signIn(env);
    assert.notEqual(second.token, first.token);
    assert.notEqual(second.renewal, first.renewal);
  });
});

/** A server whose answers to a login are these, in turn; the last one for all that follow. */
async function serverThat(...answers) {
  const asked = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    asked.push(url);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    const { status, body } = answer(url.searchParams.get("state"));
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
const waiting = () => ({ status: 401 });

for (const [name, answer, code, said] of [
  ["has no such login", () => ({ status: 404 }), 6, /has no sign-in through the browser/],
  ["is out of order", () => ({ status: 503 }), 6, /cannot sign you in at the moment \(HTTP 503\)/],
  ["refuses the login", () => ({ status: 400 }), 3, /does not accept this token/],
]) {
  test(`a server that ${name} is found before a page is opened`, async () => {
    const server = await serverThat(answer);
    try {
      const env = user(server.url);
      const login = await program.run(["login"], { env });
      assert.equal(login.code, code, login.stderr);
      assert.match(login.stderr, said);
      assert.equal(login.stderr.trimEnd().split("\n").length, 1);
      assert.ok(!existsSync(join(env.HOME, "opened")));
    } finally {
      server.stop();
    }
  });
}

test("a token for another state is not taken, and a login that no one ends is given up", async () => {
  const token = await ledger.token(demo.id);
  const other = () => ({
    status: 200,
    body: { data: { access_token: token, refresh_token: token, state: "another" } },
  });
  const server = await serverThat(waiting, other);
  try {
    const env = user(server.url, { NODE_OPTIONS: `--require ${HURRIED}` });
    const login = await program.run(["login"], { env });
    assert.equal(login.code, 3);
    assert.match(login.stderr, /has not ended in time/);
    assert.ok(!existsSync(signInFile(env)));
    assert.equal(server.asked.length, 121);
    const states = new Set(server.asked.map(({ searchParams }) => searchParams.get("state")));
    assert.equal(states.size, 1);
  } finally {
    server.stop();
  }
});

test("Ctrl+C ends a login, and leaves nothing", async () => {
  const server = await serverThat(waiting);
  try {
    const env = user(server.url);
    const terminal = openTerminal(words("login"), { env, started: "trap : INT;" });
    await terminal.shows(/Ctrl\+C cancels/);
    terminal.press("\x03");
    assert.notEqual(await terminal.ended, 0);
    assert.ok(!existsSync(signInFile(env)));
    assert.doesNotMatch(terminal.output(), /node:|\n\s+at /);
  } finally {
    server.stop();
  }
});
