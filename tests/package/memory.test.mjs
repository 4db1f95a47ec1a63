// What calls leave behind: nothing, whether their timers fire, are cleared, or wait for callbacks that never answer.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { install } from "./install.mjs";

const user = install();
after(user.remove);

/** Runs `work` many times in a program of its own; says how wasm memory and the heap of the engine grew. */
function growth(rounds, work) {
  user.write(
    "program.mjs",
    `
    import { createServer } from "node:http";
    import { load, CreditClient } from "costrict-credit";
    let memory;
    const instantiate = WebAssembly.instantiate;
    WebAssembly.instantiate = async (...args) => {
      const made = await instantiate(...args);
      if ("__wbg_wasmclient_free" in made.exports) memory = made.exports.memory;
      return made;
    };
    await load();
    const token = ["{}", JSON.stringify({ universal_id: "u", exp: 4e9 }), ""].map((part) => Buffer.from(part).toString("base64url")).join(".");
    const stored = new Map();
    let now = Date.UTC(2026, 5, 15);
    const host = {
      token: async () => token, now: () => now,
      read: async (key) => stored.get(key), write: async (key, value) => void stored.set(key, value),
    };
    const reply = JSON.stringify({ code: "quota-manager.success", success: true, message: "", data: { total_quota: 100, used_quota: 40, quota_list: [] } });
    globalThis.fetch = async (url) => new Response(String(url).includes("/quota-manager/") ? reply : '{"object":"list","data":[]}', { headers: { "content-type": "application/json" } });
    const client = new CreditClient(host, { baseUrl: "http://server" });
    const once = async () => { now += 60_000; ${work} };
    const run = async (rounds) => { for (let round = 0; round < rounds; round++) await once(); };
    const heap = async () => {
      for (let turn = 0; turn < 5; turn++) { globalThis.gc(); await new Promise((done) => setImmediate(done)); }
      return process.memoryUsage().heapUsed;
    };
    // As many requests as are ever remembered.
    await run(${Math.max(450, Math.ceil(rounds / 4))});
    const before = { wasm: memory.buffer.byteLength, heap: await heap() };
    await run(${rounds});
    console.log(JSON.stringify({ wasm: memory.buffer.byteLength - before.wasm, heap: (await heap()) - before.heap }));
    client.free();
    process.exit(0);
  `,
  );
  return JSON.parse(user.run("--expose-gc", "program.mjs"));
}

// In the long form, which is run by hand, 100 000 rounds have the same limits: ROUNDS=100000 node --test tests/package/memory.test.mjs
const ROUNDS = Number(process.env.ROUNDS ?? 1_500);

for (const [what, work, rounds] of [
  ["open()", "await client.open();", ROUNDS],
  ["refresh()", 'await client.refresh("manual");', ROUNDS],
  [
    "begin() and settle()",
    'client.settle(client.begin({ model: "GLM-4.6", text: "x" }).id, { kind: "failed" }); await client.open();',
    Math.ceil(ROUNDS / 4),
  ],
]) {
  test(`${rounds} times ${what} leave nothing behind`, (t) => {
    const grown = growth(rounds, work);
    t.diagnostic(JSON.stringify(grown));
    assert.ok(grown.wasm < 512 * 1024, `wasm memory grew by ${grown.wasm} bytes`);
    // A promise and its handlers are about 1.5 KB: one that stays behind in each round would be 2 MB.
    assert.ok(grown.heap < 1024 * 1024, `the heap grew by ${grown.heap} bytes`);
  });
}
