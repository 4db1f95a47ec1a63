// Arguments, callbacks and clocks that do their worst: what throws is named, what hangs is left, and nothing is the end of the module.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { install } from "./install.mjs";
import { host } from "./server.mjs";
import { busy, clock, timed } from "./virtual-time.mjs";

const user = install();
after(user.remove);
const { load, CreditClient, CreditError } = await import(pathToFileURL(join(user.place, "index.js")).href);
await load();

const DRAFT = { model: "GLM-4.6", text: "What does this do?", taskId: "task" };
const VIEW = { locale: "en" };

/** A request is in flight from its call to the last byte of its reply, also while a busy machine has not brought it to the server. */
const realFetch = globalThis.fetch;
globalThis.fetch = async (...request) => {
  busy.requests++;
  try {
    const reply = await realFetch(...request);
    await reply.clone().arrayBuffer();
    return reply;
  } finally {
    busy.requests--;
  }
};

/** A server whose balance tests set; it counts the requests for it. */
const balance = { total: 100, used: 40, asked: 0 };
const server = createServer((request, response) => {
  const isQuota = request.url.startsWith("/quota-manager/api/v1/quota");
  if (isQuota) balance.asked++;
  const data = { total_quota: balance.total, used_quota: balance.used, quota_list: [] };
  const body = isQuota
    ? { code: "quota-manager.success", success: true, message: "", data }
    : { object: "list", data: [{ id: "GLM-4.6", creditConsumption: 1 }] };
  response.writeHead(200, {
    "content-type": "application/json",
    date: new Date(clock.now).toUTCString(),
    connection: "close",
  });
  response.end(JSON.stringify(body));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
after(() => {
  server.close();
  server.closeAllConnections();
});
const baseUrl = `http://127.0.0.1:${server.address().port}`;

const works = (client) => assert.equal(client.estimate(DRAFT).model, "GLM-4.6");
const refused = (field, call) =>
  assert.throws(call, (error) => {
    assert.ok(error instanceof CreditError, String(error));
    assert.deepEqual([error.code, error.field], ["invalid_input", field]);
    return true;
  });

test("fields that are not read may hold anything", () => {
  const client = new CreditClient(host());
  const cyclic = { ...DRAFT };
  cyclic.self = cyclic;
  let deep = {};
  for (let depth = 0; depth < 10_000; depth++) deep = { deep, list: [deep] };
  works(client);
  assert.equal(client.estimate(cyclic).model, "GLM-4.6");
  assert.equal(client.estimate({ ...DRAFT, extra: deep }).model, "GLM-4.6");
  assert.equal(
    client.estimate({
      ...DRAFT,
      get extra() {
        throw new Error("nobody asked");
      },
    }).model,
    "GLM-4.6",
  );
  refused("draft.text", () => client.estimate({ ...DRAFT, text: cyclic }));
  refused("draft.model", () => client.estimate({ ...DRAFT, model: deep }));
  works(client);
  client.free();
});

test("what throws while it is read is the caller's mistake, however often", () => {
  const client = new CreditClient(host());
  const throwing = (name) =>
    Object.defineProperty({ ...DRAFT }, name, {
      get() {
        throw new Error("getter");
      },
      enumerable: true,
    });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const trap = new Proxy(
    {},
    {
      get() {
        throw new Error("trap");
      },
      ownKeys() {
        throw new Error("trap");
      },
    },
  );
  for (let round = 0; round < 2_000; round++) {
    refused("draft.model", () => client.estimate(throwing("model")));
    refused("draft", () => client.begin(proxy));
    refused("draft.text", () => client.estimate({ ...DRAFT, text: proxy }));
    refused("options.locale", () => client.panel(trap));
    refused("reply.headers", () => client.explain({ headers: trap }));
    refused("options", () => new CreditClient(host(), proxy));
  }
  works(client);
  client.free();
});

test("sizes are looked at before anything is read", () => {
  const client = new CreditClient(host());
  refused("draft.text", () => client.estimate({ ...DRAFT, text: new Array(4_000_000_000) }));
  const long = "x".repeat(9 * 1024 * 1024);
  refused("draft.text[1]", () => client.estimate({ ...DRAFT, text: [long, long] }));
  assert.equal(client.explain({ status: 500, body: "x".repeat(20 * 1024 * 1024) }).kind, "server_error");
  works(client);
  client.free();
});

test("now() may use the client in every call", () => {
  const calls = {
    account: (client) => client.account(),
    models: (client) => client.models(),
    forecast: (client) => client.forecast(),
    panel: (client) => client.panel(VIEW),
    status: (client) => client.status(VIEW),
    begin: (client) => client.begin(DRAFT),
    estimate: (client) => client.estimate(DRAFT),
    explain: (client) => client.explain({ status: 402 }),
    accountPageOpened: (client) => client.accountPageOpened(),
    nextRefresh: (client) => client.nextRefresh({ visible: true, focused: true, online: true }),
  };
  for (const [outer, call] of Object.entries(calls)) {
    for (const inner of Object.values(calls)) {
      let client;
      let depth = 0;
      const now = () => {
        if (client !== undefined && depth < 2) {
          depth++;
          inner(client);
          depth--;
        }
        return clock.now;
      };
      client = new CreditClient({ ...host(), now });
      assert.doesNotThrow(() => call(client), outer);
      client.free();
    }
  }
});

test("a listener may free its client inside a call", async () => {
  const client = new CreditClient({ ...host(), now: () => clock.now }, { baseUrl });
  await timed(client.open());
  await timed(client.refresh("manual"));
  let heard = 0;
  client.watch(() => {
    heard++;
    client.free();
    client.free();
    assert.throws(() => client.account(), { code: "freed" });
  });
  const spend = client.begin({ ...DRAFT, text: "x" });
  assert.ok(spend.id);
  assert.equal(heard, 1);
  assert.throws(
    () => client.settle(spend.id, { kind: "charged" }),
    (error) => error instanceof CreditError && error.code === "freed",
  );
  await assert.rejects(client.refresh("manual"), { code: "freed" });
});

for (const hanging of [
  ["token"],
  ["read"],
  ["write"],
  ["lock"],
  ["unlock"],
  ["read", "write", "lock", "unlock"],
  ["read", "write"],
]) {
  test(`every call returns within 30 s where ${hanging.join(", ")} never answer`, async () => {
    const callbacks = { ...host(), now: () => clock.now, lock: async () => true, unlock: async () => {} };
    for (const name of hanging) callbacks[name] = () => new Promise(() => {});
    const client = new CreditClient(callbacks, { baseUrl });
    const calls = {
      open: () => client.open(),
      refresh: () => client.refresh("manual"),
      again: () => client.refresh("turn_ended"),
      notices: () => client.notices(VIEW),
      snooze: () => client.snooze("none"),
      url: () => client.accountUrl(),
      forget: () => client.forget(),
    };
    for (const [name, call] of Object.entries(calls)) {
      const { took } = await timed(call());
      assert.ok(took <= 30_000, `${name} took ${took} ms`);
    }
    client.free();
  });
}

test("every call returns within 30 s where the server stops answering", async () => {
  const receiverId = "7b1f4d2e-aaaa-4bbb-8ccc-121212121212";
  const expiresAt = Date.UTC(2026, 5, 30, 15, 59, 59);
  const quota = {
    total_quota: 100,
    used_quota: 40,
    quota_list: [{ amount: 60, expiry_date: "2026-06-30T23:59:59+08:00" }],
  };
  const served = globalThis.fetch;
  let answers = true;
  globalThis.fetch = async (_, { signal }) => {
    if (answers) return Response.json({ success: true, data: quota });
    return new Promise((_, fail) => {
      signal.addEventListener("abort", () => fail(signal.reason));
    });
  };
  try {
    const client = new CreditClient({ ...host(), now: () => clock.now }, { baseUrl });
    await timed(client.open());
    const { balance: known } = (await timed(client.refresh("manual"))).value;
    assert.equal(known.available, 60);
    answers = false;
    const order = { receiverId, lines: [{ expiresAt, amount: 1 }] };
    const calls = {
      give: () => client.transferOut(order),
      "give again": () => client.transferOut(order),
      redeem: () => client.redeem("a".repeat(40)),
      records: () => client.records({ page: 1, pageSize: 50 }),
      usage: () => client.usage({ range: "30days" }),
      export: () => client.exportAs("records", "csv"),
      refresh: () => client.refresh("manual"),
      notices: () => client.notices(VIEW),
    };
    for (const [name, call] of Object.entries(calls)) {
      const { took } = await timed(call());
      assert.ok(took <= 30_000, `${name} took ${took} ms`);
    }
    client.free();
  } finally {
    globalThis.fetch = served;
  }
});

test("a lock that is always refused is doubted, and said", async () => {
  const logs = [];
  const client = new CreditClient(
    {
      ...host(),
      now: () => clock.now,
      lock: async () => false,
      unlock: async () => {},
      log: (level, message) => logs.push(`${level} ${message}`),
    },
    { baseUrl },
  );
  const problems = new Set();
  client.watch((account) => problems.add(account.problem?.kind));
  await timed(client.open());
  const before = balance.asked;
  const start = clock.now;
  while (balance.asked === before && clock.now - start < 120_000) {
    await timed(client.refresh("manual"));
    clock.now += 5_000;
  }
  assert.equal(balance.asked, before + 1, "it goes ahead in the end");
  assert.ok(clock.now - start > 20_000, "a holder is given its time");
  assert.ok(
    logs.some((line) => line.startsWith("warn") && line.includes("lock")),
    logs.join("\n"),
  );
  assert.ok(problems.has("host"), [...problems].join());
  assert.equal(client.account().state, "known");
  client.free();
});

test("what a window with a wrong clock has left in storage holds nothing up", async () => {
  for (const until of [
    "3600000",
    "28800000",
    String(Date.UTC(2039, 0)),
    "1e999",
    "-1",
    "soon",
    "9223372036854775807",
  ]) {
    const stored = new Map();
    const callbacks = {
      ...host(),
      now: () => clock.now,
      write: async (key, value) => void stored.set(key, value),
      // Registers of the lease hold a number and a name, and are read by their ends.
      read: async (key) =>
        /\.lease$/.test(key)
          ? `${/^\d{7,8}$/.test(until) ? clock.now + Number(until) : until} 0123456789abcdef`
          : stored.get(key),
    };
    const client = new CreditClient(callbacks, { baseUrl });
    const before = balance.asked;
    await timed(client.refresh("manual"));
    assert.equal(balance.asked, before + 1, until);
    client.free();
  }
});

test("three windows without a lock deliver a notice once", async () => {
  Object.assign(balance, { total: 100, used: 40 });
  const shared = { ...host(), now: () => clock.now };
  const windows = [1, 2, 3].map((seed) => new CreditClient({ ...shared, random: () => seed / 7 }, { baseUrl }));
  for (const window of windows) await timed(window.open());
  await timed(windows[0].refresh("manual"));
  clock.now += 60_000;
  balance.used = 60;
  await timed(windows[0].refresh("manual"));
  for (const window of windows) await timed(window.open());
  const { value } = await timed(Promise.all(windows.map((window) => window.notices(VIEW))));
  assert.equal(value.flat().length, 1, JSON.stringify(value));
  assert.equal((await timed(windows[1].notices(VIEW))).value.length, 0);
  for (const window of windows) window.free();
});

test("a token of one server says nothing of another", async () => {
  const shared = { ...host(), now: () => clock.now };
  const one = new CreditClient(shared, { baseUrl });
  await timed(one.refresh("manual"));
  const other = new CreditClient(shared, { baseUrl: "http://127.0.0.1:9" });
  assert.equal((await timed(other.open())).value.state, "unknown");
  one.free();
  other.free();
});
