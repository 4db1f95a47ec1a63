/** New settings for a living client, the old shape of the balance, and a host whose callbacks throw. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { install } from "./install.mjs";
import { host, serve, token } from "./server.mjs";

const user = install();
after(user.remove);
const { load, CreditClient, legacyQuotaInfo } = await import(pathToFileURL(join(user.place, "index.js")).href);
await load();

const DRAFT = { model: "GLM-4.6", identity: "user", taskId: "task" };

/** A server that ends with the test. */
async function started(t, options) {
  const server = await serve(options);
  t.after(server.close);
  return server;
}

async function start(given, baseUrl, options = {}) {
  const client = new CreditClient(given, { baseUrl, promotions: [], ...options });
  await client.open();
  await client.refresh("manual");
  return client;
}

test("settings hold when the call returns, before its promise resolves", async (t) => {
  const server = await started(t);
  const client = await start(host(), server.base);
  const configured = client.configure({ budget: { perTask: { stop: 0.5 } } });
  assert.equal(client.begin(DRAFT).decision, "stop");
  assert.equal((await configured).balance.total, 100);
  client.free();
});

test("a hold that was not stored yet when the server changed is there when it comes back", async (t) => {
  const [first, second] = [await started(t), await started(t)];
  const client = await start(host(), first.base);
  const spend = client.begin(DRAFT);
  await client.configure({ baseUrl: second.base });
  assert.equal((await client.refresh("signed_in")).balance.pending, 0);
  // The write of the account before may still be under way.
  const account = await client.configure({ baseUrl: first.base });
  assert.equal(account.balance.pending, 1);
  assert.equal(client.settle(spend.id, { kind: "charged" }), true);
  client.free();
});

test("a request that is under way when the server changes ends at its own server", async (t) => {
  const [first, second] = [await started(t, { holding: true }), await started(t)];
  const client = new CreditClient(host(), { baseUrl: first.base });
  await client.open();
  const late = client.refresh("manual");
  await first.firstRequest;
  await client.configure({ baseUrl: second.base });
  const account = await client.refresh("signed_in");
  first.release();
  await late;
  assert.equal(account.balance.total, 100);
  assert.ok(first.paths.every((path) => path.includes("/quota") || path.includes("/models")));
  assert.equal(client.account().problem, undefined);
  assert.ok((await client.accountUrl()).startsWith(second.base));
  client.free();
});

test("a token that was on its way when the server changed does not reach the new server", async (t) => {
  const [first, second] = [await started(t), await started(t)];
  const asked = [];
  let isSwitched = false;
  const client = new CreditClient(
    { ...host(), token: () => (isSwitched ? token() : new Promise((give) => asked.push(give))) },
    { baseUrl: first.base },
  );
  const calls = [client.refresh("manual"), client.inviteCode().catch(() => {}), client.accountUrl()];
  while (asked.length < calls.length) await new Promise(setImmediate);
  const configured = client.configure({ baseUrl: second.base });
  const old = `${token()}old`;
  for (const give of asked.splice(0)) give(old);
  isSwitched = true;
  const [account, , address] = await Promise.all(calls);
  await configured;
  assert.equal(account.balance.total, 100);
  assert.ok(address.startsWith(second.base) && !address.includes(old));
  assert.deepEqual(
    [...first.bearers, ...second.bearers].filter((bearer) => bearer.endsWith("old")),
    [],
  );
  assert.ok(second.bearers.length > 0);
  client.free();
});

test("settings that are wrong reject, name the field and change nothing", async (t) => {
  const server = await started(t);
  const client = await start(host(), server.base);
  await assert.rejects(client.configure({ budget: { perTask: { stop: 0.5 } }, baseUrl: "nowhere" }), {
    name: "CreditError",
    code: "invalid_input",
    field: "settings.baseUrl",
  });
  assert.equal(client.begin(DRAFT).decision, "go");
  client.free();
  await assert.rejects(client.configure({}), { code: "freed" });
});

test("the balance in the plugin's old shape", async (t) => {
  const server = await started(t);
  const client = new CreditClient(host(), { baseUrl: server.base });
  assert.equal(legacyQuotaInfo(client.account()), undefined);
  await client.refresh("manual");
  assert.deepEqual(legacyQuotaInfo(client.account()), { total_quota: 100, used_quota: 58.5 });
  const { balance } = client.account();
  for (const [starred, is_star] of [
    [true, "true"],
    [false, "false"],
  ]) {
    assert.equal(legacyQuotaInfo({ ...client.account(), balance: { ...balance, starred } }).is_star, is_star);
  }
  assert.equal(createRequire(import.meta.url)(join(user.place, "index.cjs")).legacyQuotaInfo, legacyQuotaInfo);
  client.free();
});

for (const callback of ["token", "read", "write"]) {
  test(`a ReferenceError in ${callback} is a problem of kind "host" that names it, and no more`, async (t) => {
    const server = await started(t);
    const logged = [];
    const given = {
      ...host(),
      log: (_level, message) => logged.push(message),
      [callback]() {
        throw new ReferenceError(`settings is not defined ${token()}`);
      },
    };
    const client = await start(given, server.base);
    const { problem, balance } = client.account();
    assert.equal(problem.kind, "host");
    assert.match(problem.detail, new RegExp(`the host's ${callback} callback fails`));
    assert.match(problem.detail, /see what it throws/);
    assert.equal(balance?.total, callback === "token" ? undefined : 100);
    const view = JSON.stringify(client.panel({ locale: "en" }));
    assert.match(view, /The editor did not respond/);
    assert.match(view, /Restarting it may help/);
    for (const shown of [JSON.stringify(problem), view, ...logged]) {
      assert.ok(!shown.includes(token()) && !shown.includes("settings is not defined"));
    }
    client.free();
  });
}
