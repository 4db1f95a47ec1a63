/** What a panel shows belongs to that panel: neither another panel nor a caller of the client changes it. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { install } from "./install.mjs";
import { host, token } from "./server.mjs";

const user = install();
after(user.remove);
const { load, CreditClient } = await import(pathToFileURL(join(user.place, "index.js")).href);
await load();

const VIEW = { locale: "en", timeZone: "Asia/Shanghai" };
const DRAFT = { model: "GLM-4.6", text: "say hello", identity: "user" };
const RECEIVER = "7f9c24e8-3b12-4fef-91ef-000000000002";
const EXPIRY = "2099-12-31T23:59:59+08:00";

const record = (operation, related_user) => ({
  operation,
  amount: 1,
  create_time: "2026-06-01T12:00:00+08:00",
  related_user,
});
const RECORDS = [record("RECHARGE", "alice"), record("TRANSFER_IN", "bob"), record("RECHARGE", "carol")];

let total = 100;
let replyToInvite = { status: 200, data: { invite_code: "A1B2C3" } };
const envelope = (data) => ({ code: "quota-manager.success", message: "ok", success: true, data });
const server = createServer((request, response) => {
  const send = (data, status = 200) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(data));
  const { pathname } = new URL(request.url, "http://loopback");
  if (pathname.endsWith("/quota")) {
    const quota_list = [{ amount: total - 58.5, expiry_date: EXPIRY }];
    return send(envelope({ total_quota: total, used_quota: 58.5, quota_list }));
  }
  if (pathname.endsWith("/models")) return send({ object: "list", data: [{ id: "GLM-4.6", creditConsumption: 1 }] });
  if (pathname.endsWith("/statistics")) return send(envelope({ total: 0, page_size: 200, records: [] }));
  if (pathname.endsWith("/audit")) return send(envelope({ total: RECORDS.length, records: RECORDS }));
  if (pathname.endsWith("/transfer-out")) return send(envelope({ voucher_code: "voucher-voucher-voucher" }));
  if (pathname.endsWith("/invite-code")) {
    const { status, data } = replyToInvite;
    return data === undefined ? response.writeHead(status).end() : send(envelope(data), status);
  }
  return response.writeHead(404).end();
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
after(() => server.close());
const baseUrl = `http://127.0.0.1:${server.address().port}`;

async function start() {
  const signedIn = token();
  const client = new CreditClient({ ...host(), token: async () => signedIn }, { baseUrl });
  await client.open();
  await client.refresh("manual");
  return client;
}

const section = (view, kind) => view.sections.find((known) => known.kind === kind);
const text = (view, kind) => JSON.stringify(section(view, kind));
const range = (view) => section(view, "usage").ranges.options.find((option) => option.selected).value;
const query = (text) => ({ page: 1, pageSize: 10, text });

test("two panels keep their own range and filter", async () => {
  const client = await start();
  const [one, two] = [client.openPanel(), client.openPanel()];
  await one.usage({ range: "today" });
  await two.usage({ range: "7days" });
  assert.equal(range(one.view(VIEW)), "today");
  assert.equal(range(two.view(VIEW)), "7days");
  await one.records(query("alice"));
  await two.records(query("bob"));
  assert.match(text(one.view(VIEW), "records"), /"alice"/);
  assert.doesNotMatch(text(one.view(VIEW), "records"), /bob/);
  assert.match(text(two.view(VIEW), "records"), /"bob"/);
  client.free();
});

test("calls on the client show in its own panel and in no other", async () => {
  const client = await start();
  const panel = client.openPanel();
  await panel.usage({ range: "today" });
  await panel.records(query("alice"));
  const before = panel.view(VIEW);
  await client.usage({ range: "7days" });
  await client.records(query("bob"));
  const file = await client.exportAs("records", "csv");
  assert.equal(file.complete, true);
  assert.deepEqual(section(panel.view(VIEW), "usage"), section(before, "usage"));
  assert.deepEqual(section(panel.view(VIEW), "records"), section(before, "records"));
  assert.equal(range(client.panel(VIEW)), "7days");
  assert.match(text(client.panel(VIEW), "records"), /"bob"/);
  client.free();
});

test("a voucher shows in the panel that made it", async () => {
  const client = await start();
  const [one, two] = [client.openPanel(), client.openPanel()];
  const lines = [{ expiresAt: Date.parse(EXPIRY), amount: 1 }];
  const { voucherCode } = await one.transferOut({ receiverId: RECEIVER, lines });
  assert.equal(voucherCode, "voucher-voucher-voucher");
  assert.match(JSON.stringify(one.view(VIEW)), /voucher-voucher-voucher/);
  assert.doesNotMatch(JSON.stringify(two.view(VIEW)), /voucher-voucher-voucher/);
  assert.doesNotMatch(JSON.stringify(client.panel(VIEW)), /voucher-voucher-voucher/);
  client.free();
});

const refusal = (view) => section(view, "send")?.refusal;

test("explain() changes no view", async () => {
  const client = await start();
  const panel = client.openPanel();
  const before = [client.panel({ ...VIEW, draft: DRAFT }), panel.view({ ...VIEW, draft: DRAFT })];
  assert.equal(client.explain({ status: 429 }).kind, "rate_limited");
  const later = [client.panel({ ...VIEW, draft: DRAFT }), panel.view({ ...VIEW, draft: DRAFT })];
  assert.deepEqual(later.map(refusal), before.map(refusal));
  assert.equal(refusal(later[0]), undefined);
  assert.ok(section(later[0], "send"));
  client.free();
});

test("a refusal shows in the panel that began the request, until its next one begins", async () => {
  const client = await start();
  const [one, two] = [client.openPanel(), client.openPanel()];
  const spend = one.begin(DRAFT);
  two.begin(DRAFT);
  client.begin(DRAFT);
  assert.equal(client.settle(spend.id, { kind: "failed", reply: { status: 429 } }), true);
  const shown = () => [one.view(VIEW), two.view(VIEW), client.panel(VIEW)].map((view) => refusal(view) !== undefined);
  assert.deepEqual(shown(), [true, false, false]);
  const next = one.begin(DRAFT);
  assert.deepEqual(shown(), [false, false, false]);
  assert.equal(client.settle(next.id, { kind: "charged" }), true);
  assert.deepEqual(shown(), [false, false, false]);
  client.free();
});

test("a request that begin stops for want of credits shows why in its panel", async () => {
  total = 58.6;
  const client = await start();
  total = 100;
  const [one, two] = [client.openPanel(), client.openPanel()];
  const { decision, reason } = one.begin(DRAFT);
  assert.deepEqual([decision, reason], ["stop", "insufficient_credit"]);
  assert.ok(refusal(one.view(VIEW)));
  assert.equal(refusal(two.view(VIEW)), undefined);
  client.free();
});

test("an account switch empties every panel", async () => {
  let signedIn = token();
  const client = new CreditClient({ ...host(), token: async () => signedIn }, { baseUrl });
  await client.refresh("manual");
  const panel = client.openPanel();
  await panel.records(query("alice"));
  const [header, , signature] = signedIn.split(".");
  const claims = Buffer.from(JSON.stringify({ universal_id: "user-2", exp: 4_000_000_000 })).toString("base64url");
  signedIn = [header, claims, signature].join(".");
  await client.refresh("signed_in");
  assert.doesNotMatch(JSON.stringify(panel.view(VIEW)), /alice/);
  client.free();
});

test("a panel ends with free() and with its client", async () => {
  const client = await start();
  const [one, two] = [client.openPanel(), client.openPanel()];
  const pending = one.usage({ range: "today" });
  one.free();
  one.free();
  assert.equal((await pending).problem, undefined);
  assert.throws(() => one.view(VIEW), { name: "CreditError", code: "freed" });
  await assert.rejects(one.records(query()), { name: "CreditError", code: "freed" });
  assert.ok(two.view(VIEW));
  client.free();
  assert.throws(() => two.view(VIEW), { name: "CreditError", code: "freed" });
  assert.throws(() => client.openPanel(), { name: "CreditError", code: "freed" });
});

test("a panel's wrong argument names its field", async () => {
  const client = await start();
  const panel = client.openPanel();
  assert.throws(() => panel.view({}), { code: "invalid_input", field: "options.locale" });
  await assert.rejects(panel.usage({ range: "ever" }), { code: "invalid_input", field: "query.range" });
  assert.throws(() => client.settle("x", { kind: "failed", reply: { status: "no" } }), {
    field: "outcome.reply.status",
  });
  client.free();
});

test("the invite code, or why there is none", async () => {
  const client = await start();
  assert.deepEqual(await client.inviteCode(), { inviteCode: "A1B2C3" });
  replyToInvite = { status: 200, data: {} };
  assert.equal((await client.inviteCode()).problem.kind, "malformed");
  replyToInvite = { status: 404 };
  assert.equal((await client.inviteCode()).problem.kind, "unsupported");
  client.free();
  const signedOut = new CreditClient({ ...host(), token: async () => undefined }, { baseUrl });
  assert.equal((await signedOut.inviteCode()).problem.kind, "signed_out");
  signedOut.free();
});
