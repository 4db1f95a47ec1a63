/** The notice a few requests before the end, and the text that is handed over. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { install } from "./install.mjs";
import { host, token } from "./server.mjs";

const user = install();
after(user.remove);
const { load, CreditClient, CreditError } = await import(pathToFileURL(join(user.place, "index.js")).href);
await load();

const VIEW = { locale: "en", timeZone: "Asia/Shanghai" };
const MODELS = [
  { id: "Auto", creditConsumption: 0 },
  { id: "large", creditConsumption: 4 },
  { id: "small", creditConsumption: 1 },
];

async function opened(t, options = {}) {
  const account = { left: 100, now: Date.now() };
  const server = createServer((request, response) => {
    const data = {
      total_quota: 100,
      used_quota: 100 - account.left,
      quota_list: [{ amount: account.left, expiry_date: "2099-07-31T23:59:59+08:00" }],
    };
    const body = request.url.includes("/quota")
      ? { code: "quota-manager.success", message: "ok", success: true, data }
      : { object: "list", data: MODELS };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const shared = { ...host(), now: () => account.now };
  const settings = { baseUrl: `http://127.0.0.1:${server.address().port}`, promotions: [], ...options };
  const windows = [new CreditClient(shared, settings), new CreditClient(shared, settings)];
  t.after(() => windows.forEach((client) => client.free()));
  for (const client of windows) await client.open();
  /** So much is left, and one window has read it. */
  account.read = async (left) => {
    account.left = left;
    account.now += 60_000;
    await windows[0].refresh("manual");
    await windows[1].open();
  };
  return { account, windows };
}

const kinds = (notices) => notices.map(({ kind }) => kind);

test("one window says it once, beside no notice of usage, with the cheaper model first", async (t) => {
  const { account, windows } = await opened(t);
  await account.read(60);
  const begun = windows[0].begin({ model: "large", text: "the secret plan", task: { id: "t", title: "The plan" } });
  windows[0].settle(begun.id, { kind: "cancelled" });
  assert.deepEqual(await windows[0].notices(VIEW), []);
  await account.read(9);
  const [notice, ...more] = await windows[0].notices(VIEW);
  assert.deepEqual([notice.kind, notice.severity, more], ["landing", "warning", []]);
  assert.equal(notice.text, "2 requests left on large.");
  assert.deepEqual(
    notice.actions.map(({ id, model }) => [id, model]),
    [
      ["model", "small"],
      ["hand_over", undefined],
      ["get", undefined],
      ["off", undefined],
    ],
  );
  const lines = notice.handOver.split("\n");
  assert.match(lines[0], /: 9 credits left\.$/);
  assert.deepEqual(lines.slice(1, 3), ["About 2 requests on large", "About 9 requests on small"]);
  assert.match(lines[3], /^Valid until: .*Jul 31.*2099/);
  for (const secret of ["secret", "plan", token(), "user-1"]) assert.ok(!notice.handOver.includes(secret), secret);
  assert.deepEqual(await windows[1].notices(VIEW), [], "the other window does not repeat it");
  // On the cheaper model there are enough; at their end it lands once more.
  assert.deepEqual(kinds(await windows[1].notices({ ...VIEW, model: "small" })), []);
  await account.read(5);
  assert.deepEqual(kinds(await windows[1].notices({ ...VIEW, model: "small" })), ["landing"]);
  assert.deepEqual(kinds(await windows[0].notices({ ...VIEW, model: "small" })), []);
});

test("it is counted without what is held, and only by a fresh reading", async (t) => {
  const { account, windows } = await opened(t);
  await account.read(24);
  assert.deepEqual(kinds(await windows[0].notices({ ...VIEW, model: "large" })), []);
  const held = windows[0].begin({ model: "large" });
  account.now += 11 * 60_000;
  assert.deepEqual(kinds(await windows[0].notices({ ...VIEW, model: "large" })), [], "too old to be true");
  await account.read(24);
  assert.equal(windows[0].account().balance.available, 20);
  assert.deepEqual(kinds(await windows[0].notices({ ...VIEW, model: "large" })), ["landing"]);
  windows[0].settle(held.id, { kind: "cancelled" });
});

test("the number is an option, also of the living client, and 0 is none", async (t) => {
  const { account, windows } = await opened(t, { landingRequests: 0 });
  await account.read(60);
  await account.read(4);
  assert.deepEqual(kinds(await windows[0].notices({ ...VIEW, model: "small" })), ["usage"]);
  await windows[0].configure({ landingRequests: 3 });
  assert.deepEqual(kinds(await windows[0].notices({ ...VIEW, model: "small" })), []);
  await windows[0].configure({ landingRequests: 4 });
  assert.deepEqual(kinds(await windows[0].notices({ ...VIEW, model: "small" })), ["landing"]);
  for (const landingRequests of [-1, 1.5, 1_001, "5"]) {
    await assert.rejects(
      async () => windows[0].configure({ landingRequests }),
      (error) => error instanceof CreditError && error.field === "settings.landingRequests",
    );
  }
});
