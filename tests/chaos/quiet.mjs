/** Calls that keep nothing, again and again: wasm memory does not grow for them, however they end. */

import { METHODS, soundArguments } from "./calls.mjs";
import { breathe } from "./clock.mjs";
import { tokenOf } from "./hostile-host.mjs";
import { HOSTILE_VALUES } from "./hostile-values.mjs";
import { memoryFetch } from "./memory-server.mjs";
import { goodReply } from "./replies.mjs";

/** Maximum growth of memory: the engine's hash seeds and the allocator's gaps. */
const GROWTH_LIMIT_BYTES = 512 * 1024;
/** Until memory has the size that the calls need. */
const WARM_SWEEPS = 2;
const SWEEPS = 3;
/** After so many values the client is another one, since some of the calls are sound and are remembered. */
const VALUES_PER_CLIENT = 20;
const SPENDS = new Set(["begin", "settle"]);
const PATIENCE_TURNS = 100_000;

/** Waits in virtual time for a call to end, in any way. */
async function ended(clock, answer) {
  if (!(answer instanceof Promise)) return;
  let isOpen = true;
  answer
    .catch(() => {})
    .finally(() => {
      isOpen = false;
    });
  for (let turn = 0; isOpen; turn += 1) {
    if (turn > PATIENCE_TURNS) throw new Error("a call that never ends");
    await breathe();
    if (isOpen) clock.advance();
  }
}

/** Calls every method with sound arguments, and with each hostile value in place of each argument. */
async function sweep(shared, makeClient, rng) {
  let calls = 0;
  const call = async (client, name, args) => {
    calls += 1;
    let answer;
    try {
      answer = client[name](...args);
    } catch (error) {
      shared.judgeError(error, `${name}, in a sweep`);
    }
    if (answer instanceof Promise) answer.catch((error) => shared.judgeError(error, `${name}, in a sweep`));
    await ended(shared.clock, answer);
  };
  for (let value = 0; value < HOSTILE_VALUES.length; value += VALUES_PER_CLIENT) {
    const client = makeClient();
    await call(client, "refresh", ["manual"]);
    for (const make of HOSTILE_VALUES.slice(value, value + VALUES_PER_CLIENT)) {
      for (const name of METHODS) {
        const sound = soundArguments(name, rng);
        if (!SPENDS.has(name)) await call(client, name, sound);
        for (let place = 0; place < sound.length; place += 1)
          await call(
            client,
            name,
            sound.map((arg, at) => (at === place ? make() : arg)),
          );
      }
      await call(client, "watch", [make()]);
    }
    client.free();
  }
  return calls;
}

/** Prints the number of calls and the growth of memory; reports too much growth. */
export async function quietCalls(shared, memoryBytes, rng) {
  const { clock, api } = shared;
  globalThis.fetch = memoryFetch(clock, (path) => ({ ...goodReply(path), after: 5 }));
  const makeClient = () => {
    const texts = new Map();
    const host = {
      token: async () => tokenOf("user-4", 0),
      now: () => clock.now,
      read: async (key) => texts.get(key),
      write: async (key, value) => void texts.set(key, value),
    };
    return new api.CreditClient(host, { baseUrl: "http://127.0.0.1:9" });
  };
  for (let round = 0; round < WARM_SWEEPS; round += 1) await sweep(shared, makeClient, rng());
  const before = memoryBytes();
  let calls = 0;
  for (let round = 0; round < SWEEPS; round += 1) calls += await sweep(shared, makeClient, rng());
  const growth = memoryBytes() - before;
  if (growth > GROWTH_LIMIT_BYTES)
    shared.report(
      `wasm memory that grows by ${growth} bytes for ${calls} calls that keep nothing`,
      "calls that keep nothing",
    );
  return { calls, growth };
}
