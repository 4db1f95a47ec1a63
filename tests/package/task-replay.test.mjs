/**
 * A task of twenty requests in two windows, sent to a real ledger. The reply to one is lost, one is cancelled before it is sent,
 * and one is sent to the model twice by the server. What the task cost is what the ledger took, and each difference has a name.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Ledger } from "../panel/support/ledger.mjs";
import { install } from "./install.mjs";
import { host } from "./server.mjs";

const user = install();
after(user.remove);
const { load, CreditClient } = await import(pathToFileURL(join(user.place, "index.js")).href);
await load();

const PATH = "/chat-rag/api/v1/chat/completions";
const MODELS = ["GLM-4.6-Zhipu", "Kimi-K2-Moonshot", "GLM-4.5"];
const [LOST, CANCELLED, TWICE, NAMED] = [6, 11, 14, 17];

/** Sends a request of a client; `key` makes it another one for the ledger. */
async function send(ledger, token, { model, id }, key) {
  const reply = await fetch(ledger.url + PATH, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "x-quota-identity": "user",
      "x-request-id": id,
      "idempotency-key": key,
    },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Go on." }], stream: false }),
  });
  await reply.text();
  assert.equal(reply.status, 200);
  return Number(reply.headers.get("x-credit-charged"));
}

test("twenty requests over two windows cost what the ledger took", { timeout: 120_000 }, async (t) => {
  const ledger = await Ledger.start();
  t.after(() => ledger.stop());
  const account = await ledger.account({ amount: "500", valid_days: 30, source: "Gift" });
  const token = await ledger.token(account);
  const shared = { ...host(), token: async () => token };
  const options = { baseUrl: ledger.url };
  const windows = [new CreditClient(shared, options), new CreditClient(shared, options)];
  t.after(() => windows.forEach((client) => client.free()));
  const [first, second] = windows;
  await first.open();
  await first.refresh("manual");
  await second.open();

  const spends = [];
  for (let number = 0; number < 20; number++) {
    const client = windows[number % 2];
    const model = MODELS[number % MODELS.length];
    const task = { id: "replay", title: "Twenty requests", project: "tests" };
    const spend = client.begin({ model, task });
    assert.equal(spend.decision, "go");
    spends.push(spend);
    const request = { model, id: spend.id };
    if (number === CANCELLED) {
      client.settle(spend.id, { kind: "cancelled" });
      continue;
    }
    if (number === LOST) {
      await ledger.fault({ route: PATH, times: 1, after: true, reset: true });
      await assert.rejects(send(ledger, token, request, spend.id), TypeError);
      client.settle(spend.id, { kind: "unknown" });
      continue;
    }
    const credits = await send(ledger, token, request, spend.id);
    if (number === TWICE) await send(ledger, token, request, `${spend.id} again`);
    client.settle(spend.id, number === NAMED ? { kind: "charged", credits } : { kind: "charged" });
  }

  // The window that reads the statistics learns each charge; the other one learns it from the storage that they share.
  await first.refresh("manual");
  await first.usage({ range: "today" });
  const { used_quota } = await ledger.ask(token, "/quota-manager/api/v1/quota");
  let task = first.task("replay");
  assert.deepEqual([task.requests, task.unsettled, task.held], [20, 0, 0]);
  assert.equal(task.spent, used_quota, "the task's sum is what the ledger took");
  assert.equal(Math.round((task.spentBy.row + task.spentBy.reply) * 1e6) / 1e6, used_quota, "and each charge is named");
  for (let tries = 0; tries < 50 && second.task("replay").spent !== used_quota; tries++) await second.open();
  task = second.task("replay");
  assert.equal(task.spent, used_quota, "in the other window too");

  const shown = new Map(second.taskRequests("replay").map((request) => [request.id, request]));
  assert.equal(shown.size, 20);
  const differences = [...shown.values()].filter((request) => request.charged !== request.estimated);
  const named = new Map(differences.map((request) => [request.difference, request]));
  assert.deepEqual([...named.keys()].sort(), ["charged_twice", "not_charged"]);
  assert.equal(named.get("not_charged").id, spends[CANCELLED].id);
  // Times of the statistics are whole seconds, and the requests are sent within one: any of the same model may be meant.
  const twice = named.get("charged_twice");
  assert.equal(twice.model, spends[TWICE].estimate.model);
  assert.equal(twice.charged, 2 * spends[TWICE].estimate.expected);
  assert.equal(shown.get(spends[LOST].id).source, "row");
  assert.equal(shown.get(spends[NAMED].id).source, "reply");
});
