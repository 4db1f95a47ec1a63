// One chat request of the panel-session library, against the real ledger: what is sent, held, charged and explained.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { Ledger } from "./support/ledger.mjs";

const ROOT = new URL("../../", import.meta.url);
const CHAT = "/chat-rag/api/v1/chat/completions";
const MODEL = "Kimi-K2-Moonshot";

let ledger;
let sendChat;
let api;
/** What was sent to the chat endpoint. */
let requests;
const realFetch = globalThis.fetch;

before(async () => {
  const entry = fileURLToPath(new URL("pkg/panel-session/src/index.ts", ROOT));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
  ({ sendChat } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  ));
  api = await import(new URL("pkg/web.js", ROOT));
  await api.load(await readFile(new URL("pkg/dist/costrict_credit_bg.wasm", ROOT)));
  ledger = await Ledger.start();
  globalThis.fetch = (request, options) => {
    if (String(request.url ?? request).endsWith(CHAT)) requests.push(options);
    return realFetch(request, options);
  };
});
after(async () => {
  globalThis.fetch = realFetch;
  await ledger?.stop();
});

/** A signed-in client with its first reading, and access to the chat endpoint. */
async function signedIn(t, options = {}) {
  requests = [];
  const token = await ledger.token(await ledger.account({ amount: 41.5, valid_days: 20 }));
  const store = new Map();
  const client = new api.CreditClient(
    {
      token: async () => token,
      read: async (key) => store.get(key),
      write: async (key, value) => void (value === undefined ? store.delete(key) : store.set(key, value)),
    },
    { baseUrl: ledger.url, ...options },
  );
  t.after(() => client.free());
  await client.open();
  await client.refresh("open");
  const logged = [];
  const access = {
    client: () => client,
    baseUrl: ledger.url,
    token: async () => token,
    log: (...message) => logged.push(message),
  };
  return { client, access, logged };
}

const draft = { model: MODEL, text: "Explain this function.", identity: "user", taskId: "task-1" };
const pending = (client) => client.account().balance.pending;

test("a request is sent once, held while it runs, and answered", async (t) => {
  const { client, access } = await signedIn(t);
  let held;
  const result = await sendChat(access, draft, { onSent: () => (held = pending(client)) });
  assert.ok(held > 0);
  assert.equal(result.sent, true);
  assert.equal(result.outcome.kind, "charged");
  assert.ok(result.answer.length > 0);
  assert.equal(result.problem, undefined);
  assert.equal(requests.length, 1);
  const { headers, body, redirect } = requests[0];
  assert.equal(headers["x-quota-identity"], "user");
  assert.equal(headers["zgsm-task-id"], "task-1");
  assert.match(headers["idempotency-key"], /\S{8,}/);
  assert.equal(JSON.parse(body).model, MODEL);
  assert.equal(redirect, "error");
});

test("over the budget nothing is sent", async (t) => {
  const { access } = await signedIn(t, { budget: { perTask: { stop: 0.000001 } } });
  let wasSent = false;
  const result = await sendChat(access, draft, { onSent: () => (wasSent = true) });
  assert.deepEqual([result.sent, wasSent, requests.length], [false, false, 0]);
});

for (const [name, fault, kind] of [
  [
    "out of credit",
    {
      status: 403,
      body: '{"code":"ai-gateway.insufficient_quota","message":"Insufficient quota. Required: 1.000000, Available: 0.500000","success":false}',
    },
    "failed",
  ],
  [
    "a busy model",
    { status: 503, body: '{"error":{"code":"chat-rag.server_busy","message":"busy","type":"error"}}' },
    "failed",
  ],
  ["too many requests", { status: 429, body: "{}" }, "failed"],
  ["no reply at all", { reset: true }, "unknown"],
]) {
  test(`${name}: the refusal is explained, and its hold does not stay`, async (t) => {
    const { client, access } = await signedIn(t);
    await ledger.fault({ route: CHAT, headers: { "content-type": "application/json" }, times: 5, ...fault });
    t.after(() => ledger.clearFaults());
    const { sent, answer, outcome, problem } = await sendChat(access, draft);
    assert.deepEqual([sent, answer, outcome.kind], [true, undefined, kind]);
    assert.ok(problem.kind.length > 0);
    if (kind === "failed") assert.equal(pending(client), 0);
  });
}

test("a request that was cancelled has an unknown outcome and no problem", async (t) => {
  const { access } = await signedIn(t);
  await ledger.fault({ route: CHAT, latency_ms: 20_000, times: 1 });
  t.after(() => ledger.clearFaults());
  const controller = new AbortController();
  const result = sendChat(access, draft, {
    signal: controller.signal,
    onSent: () => setImmediate(() => controller.abort()),
  });
  const { id, ...rest } = await result;
  assert.ok(id.length > 0);
  assert.deepEqual(rest, { sent: true, outcome: { kind: "unknown" }, isCancelled: true });
});

test("signed out meanwhile, or without an address, nothing is sent and nothing is held", async (t) => {
  for (const change of [{ token: async () => undefined }, { baseUrl: undefined }]) {
    const { client, access } = await signedIn(t);
    const result = await sendChat({ ...access, ...change }, draft);
    assert.deepEqual([result.outcome.kind, requests.length, pending(client)], ["cancelled", 0, 0]);
    assert.match(result.problem.kind, /sign_in|verifying/);
  }
});

test("a paid answer comes though there is no client to settle with", async (t) => {
  const { client, access, logged } = await signedIn(t);
  let calls = 0;
  const broken = async () => {
    calls += 1;
    if (calls > 1) throw new Error("a wrong setting");
    return client;
  };
  const result = await sendChat({ ...access, client: broken }, draft);
  assert.ok(result.answer.length > 0);
  assert.equal(logged[0][0], "settling a request");
});
