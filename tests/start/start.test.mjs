// `cargo xtask start` from outside, as a user runs it: its output, its pages, and what it leaves behind.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = resolve(fileURLToPath(import.meta.url), "../../..");
const [program, ...leading] = process.env.XTASK
  ? [process.env.XTASK]
  : ["cargo", "run", "--quiet", "--package", "xtask", "--"];
const folder = mkdtempSync(join(tmpdir(), "costrict-credit-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the command; `printed` waits for a line on stdout, `ended` for its end. */
function start(...options) {
  const { COSTRICT_TOKEN: _, ...env } = process.env;
  const child = spawn(program, [...leading, "start", "--no-open", ...options], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  const waiting = new Set();
  child.stdout.on("data", (text) => {
    out += text;
    for (const look of waiting) look();
  });
  child.stderr.on("data", (text) => {
    err += text;
  });
  const ended = new Promise((done) => child.on("close", (code, signal) => done({ code, signal, out, err })));
  return {
    child,
    ended,
    printed: (pattern) =>
      new Promise((done, fail) => {
        const look = () => {
          const match = pattern.exec(out);
          if (match) {
            waiting.delete(look);
            done(match[1]);
          }
        };
        waiting.add(look);
        look();
        ended.then(({ code }) => fail(new Error(`ended with ${code}: ${err}`)));
      }),
  };
}

/** The last line on stderr, which has to be the only error. */
function errorLine({ err }) {
  const lines = err.trim().split("\n");
  assert.equal(lines.filter((line) => line.startsWith("error: ")).length, 1, err);
  return lines.at(-1);
}

const refused = (url) => assert.rejects(fetch(url), (error) => error.cause?.code === "ECONNREFUSED");

/** Process ids of children, from the system's list of processes. */
function childrenOf(pid) {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => {
      try {
        return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${other}/status`, "utf8"))[1]) === pid;
      } catch {
        return false;
      }
    });
}

test("the panel, its session and the ledger are served, and Ctrl-C ends all of them", async () => {
  const running = start("--port", "0", "--database", join(folder, "demo.db"));
  const url = await running.printed(/^panel: (http:\S+)$/m);
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-security-policy"), /default-src 'none'/);
  assert.match(await page.text(), /<script/);
  const handed = await fetch(`${url}session.json`);
  const { baseUrl, token } = await handed.json();
  const quota = () => fetch(`${baseUrl}/quota-manager/api/v1/quota`, { headers: { authorization: `Bearer ${token}` } });
  const { data } = await (await quota()).json();
  assert.ok(data.total_quota > 0 && data.quota_list.length > 0, JSON.stringify(data));

  // The session is one browser's: not that of a program that knows the port, nor of a second browser with the address.
  const [cookie, ...attributes] = handed.headers.get("set-cookie").split("; ");
  assert.deepEqual(attributes.slice(1), ["HttpOnly", "SameSite=Strict"]);
  const { origin } = new URL(url);
  for (const [address, headers] of [
    [`${url}session.json`, {}],
    [`${url}session.json`, { cookie: "session=guess" }],
    [`${origin}/session.json`, {}],
    [`${origin}/session.json`, { cookie }],
    [`${origin}/`, {}],
  ]) {
    const refused = await fetch(address, { headers });
    assert.equal(refused.status, 403, address);
    assert.equal(await refused.text(), "");
  }
  assert.deepEqual(await (await fetch(`${url}session.json`, { headers: { cookie } })).json(), { baseUrl, token });
  // The ledger's key is in its database. Its admin interface, which gives tokens away, is not offered on a named one.
  if (process.platform !== "win32") {
    for (const file of readdirSync(folder)) assert.equal(statSync(join(folder, file)).mode & 0o077, 0, file);
  }
  assert.equal((await fetch(`${baseUrl}/admin/accounts`)).status, 404);

  running.child.kill("SIGINT");
  const end = await running.ended;
  assert.equal(end.code, 0, end.err);
  await refused(url);
  await refused(baseUrl);
  assert.ok(!(end.out + end.err).includes(token), "the token was printed");
});

test("a second start finds the account as the first one left it", async () => {
  const totals = [];
  for (let round = 0; round < 2; round++) {
    const running = start("--port", "0", "--database", join(folder, "again.db"));
    const url = await running.printed(/^panel: (http:\S+)$/m);
    const { baseUrl, token } = await (await fetch(`${url}session.json`)).json();
    const reply = await fetch(`${baseUrl}/quota-manager/api/v1/quota`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { data } = await reply.json();
    totals.push([data.total_quota, data.used_quota]);
    running.child.kill("SIGTERM");
    assert.equal((await running.ended).code, 0);
  }
  assert.deepEqual(totals[0], totals[1]);
});

test("a ledger that ends takes the command with it", {
  skip: process.platform !== "linux" && "reads /proc",
}, async () => {
  const running = start("--port", "0", "--database", join(folder, "ends.db"));
  const url = await running.printed(/^panel: (http:\S+)$/m);
  const children = childrenOf(running.child.pid);
  assert.equal(children.length, 1);
  process.kill(children[0], "SIGKILL");
  const end = await running.ended;
  assert.equal(end.code, 1);
  assert.match(errorLine(end), /ledger/);
  await refused(url);
});

test("a port in use is one line and exit code 2", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => other.once("listening", done));
  const end = await start("--port", String(other.address().port)).ended;
  other.close();
  assert.equal(end.code, 2);
  assert.match(errorLine(end), /port \d+ .*--port/);
});

test("a token that the server refuses is one line and exit code 2, without the token", async () => {
  const server = createServer((_, response) => response.writeHead(401).end()).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const options = ["--base-url", `http://127.0.0.1:${server.address().port}`, "--token", "not.a.token"];
  const end = await start("--port", "0", ...options).ended;
  server.close();
  assert.equal(end.code, 2);
  assert.match(errorLine(end), /refuses this token: sign in/);
  assert.ok(!end.err.includes("not.a.token"));
});

test("an address out of reach, and a token without an address, are one line each", async () => {
  const away = await start("--port", "0", "--base-url", "http://127.0.0.1:9", "--token", "a.b.c").ended;
  assert.equal(away.code, 2);
  assert.match(errorLine(away), /cannot be reached .*network/);
  const half = await start("--token", "a.b.c").ended;
  assert.equal(half.code, 2);
  const none = await start("--port", "0", "--base-url", "nonsense", "--token", "a.b.c").ended;
  assert.equal(none.code, 2);
  assert.match(errorLine(none), /no web address/);
});

test("a database that cannot be opened is one line, and nothing stays behind", async () => {
  const end = await start("--port", "0", "--database", join(folder, "no/such/folder/demo.db")).ended;
  assert.equal(end.code, 1);
  assert.match(errorLine(end), /ledger|database|folder/);
});
