/** Hosts that call back: a callback or a listener may use the client that is just calling it, or end it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { install } from "./install.mjs";
import { host, serve } from "./server.mjs";

const user = install();
after(user.remove);
const { load, CreditClient } = await import(pathToFileURL(join(user.place, "index.js")).href);
await load();
const server = await serve();
after(server.close);

const DRAFT = {
  model: "GLM-4.6",
  prompt: "What does this do?",
  taskId: "task",
  mode: "code",
  feature: "chat",
  identity: "user",
};
const CALLBACKS = ["token", "read", "write", "lock", "unlock", "log", "now", "random"];

/** A host whose callback `name` runs `inside` before it answers; not for what `inside` itself makes it say. */
function callingBack(name, inside) {
  const plain = {
    ...host(),
    now: () => 1_781_496_000_000,
    random: () => 0.5,
    log() {},
    lock: async () => true,
    unlock: async () => {},
  };
  let busy = false;
  return {
    ...plain,
    [name](...args) {
      if (!busy) {
        busy = true;
        try {
          inside();
        } finally {
          busy = false;
        }
      }
      return plain[name](...args);
    },
  };
}

/** Every query of a client, all together. */
function everything(client) {
  const spend = client.begin(DRAFT);
  const stop = client.watch(() => {});
  client.watchCharges(() => client.tasks());
  client.task("task");
  client.settle(spend.id, { kind: "charged", credits: 1 });
  client.explain({ status: 429 });
  client.account();
  void client.configure({ budget: { perDay: { warn: 1 } } });
  client.nextRefresh({ visible: true, focused: true, online: true });
  client.accountPageOpened();
  client.models();
  client.estimate(DRAFT);
  client.compare(DRAFT);
  client.estimateTask("chat", "GLM-4.6");
  client.forecast();
  client.panel({ locale: "en", draft: DRAFT });
  client.status({ locale: "de" });
  stop();
  return [
    client.open(),
    client.refresh("turn_ended"),
    client.usage({ range: "7days" }),
    client.records({ page: 1, pageSize: 20 }),
    client.exportAs("records", "csv"),
    client.notices({ locale: "en" }),
    client.snooze("none"),
    client.redeem("a-voucher-code"),
    client.accountUrl(),
  ];
}

for (const name of CALLBACKS) {
  test(`${name}() may use the client that calls it`, async (t) => {
    let calls = 0;
    const pending = [];
    const client = new CreditClient(
      callingBack(name, () => {
        // The constructor throws dice before there is a client; and calls that make calls must come to an end.
        if (client === undefined || calls++ > 20) return;
        pending.push(...everything(client));
      }),
      { baseUrl: server.base },
    );
    t.after(() => client.free());
    await client.open();
    await Promise.all(everything(client));
    while (pending.length > 0) await Promise.all(pending.splice(0));
    assert.ok(calls > 0, "it was never called");
    assert.equal(client.account().balance?.used, 58.5);
    await client.forget();
  });
}

test("a listener may use the client, and may end it", async (t) => {
  const client = new CreditClient(host(), { baseUrl: server.base });
  const pending = [];
  let heard = 0;
  client.watch(() => {
    if (heard++ < 3) pending.push(...everything(client));
  });
  await client.open();
  await client.refresh("open");
  while (pending.length > 0) await Promise.all(pending.splice(0));
  assert.ok(heard > 0);

  const ending = new CreditClient(host(), { baseUrl: server.base });
  const ended = new Promise((done) => {
    ending.watch(() => {
      ending.free();
      done();
    });
  });
  const opened = ending.open();
  await ended;
  assert.equal((await opened).state, "unknown");
  assert.throws(() => ending.account(), { code: "freed" });
  assert.equal(client.account().state, "known");
  t.after(() => client.free());
});
