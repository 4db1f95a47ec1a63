/** After the account page was opened the balance is read again soon, in whichever window. */
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

const ACTIVE = { visible: true, focused: true, online: true };
const HIDDEN = { visible: false, focused: false, online: true };
const NOON = Date.UTC(2026, 5, 15, 4);

/** Windows of one user on one clock, which moves only in `until`. */
async function opened(t, count) {
  const server = await serve();
  t.after(server.close);
  const world = { now: NOON, signedIn: true };
  const locks = new Set();
  const base = host();
  const shared = {
    ...base,
    token: async () => (world.signedIn ? base.token() : undefined),
    now: () => world.now,
    lock: async (name) => !locks.has(name) && locks.add(name) !== undefined,
    unlock: async (name) => void locks.delete(name),
  };
  const windows = Array.from({ length: count }, () => new CreditClient(shared, { baseUrl: server.base }));
  t.after(() => windows.forEach((client) => client.free()));
  for (const client of windows) await client.open();
  const readings = () => server.paths.filter((path) => path.endsWith("/quota")).length;
  if (world.signedIn) await windows[0].refresh("open");
  for (const client of windows) await client.open();
  /** Obeys every window's `nextRefresh` until so many seconds after the start; with the seconds at which something was requested. */
  const until = async (seconds) => {
    const requested = [];
    for (;;) {
      const due = windows.map((client, index) => client.nextRefresh(index === 0 ? ACTIVE : HIDDEN) ?? Infinity);
      const next = Math.min(...due);
      if (next > NOON + seconds * 1_000) return requested;
      world.now = Math.max(world.now, next);
      const before = readings();
      const ready = windows.filter((_, index) => due[index] <= world.now);
      await Promise.all(ready.map((client) => client.refresh("timer")));
      for (const client of windows) await client.open();
      const sent = readings() - before;
      requested.push(...Array(sent).fill((world.now - NOON) / 1_000));
      if (sent === 0) world.now += 200;
    }
  };
  /** A window stores what it knows without being waited for. */
  const shareAll = async () => {
    for (let round = 0; round < 20; round++) await new Promise((done) => setImmediate(done));
    for (const client of windows) await client.open();
  };
  return { world, windows, until, shareAll, server, readings };
}

test("three readings at 5, 15 and 45 s, for all windows together, then as usual", async (t) => {
  const { windows, until, shareAll } = await opened(t, 3);
  windows[1].accountPageOpened();
  await shareAll();
  assert.deepEqual(await until(180), [5, 15, 45, 105], "a minute later it is the usual interval again");
});

test("opened again, also in another window, the three begin again and are not doubled", async (t) => {
  const { world, windows, until, shareAll } = await opened(t, 2);
  windows[0].accountPageOpened();
  await shareAll();
  assert.deepEqual(await until(8), [5]);
  world.now = NOON + 8_000;
  windows[1].accountPageOpened();
  windows[0].accountPageOpened();
  await shareAll();
  assert.deepEqual(await until(100), [13, 23, 53]);
});

test("nothing while signed out and nothing more while the server fails", async (t) => {
  const { world, windows, until, server, readings } = await opened(t, 1);
  const [client] = windows;
  await server.close();
  world.now += 60_000;
  await client.refresh("timer");
  assert.ok(client.account().problem !== undefined);
  const failed = client.nextRefresh(ACTIVE);
  client.accountPageOpened();
  assert.equal(client.nextRefresh(ACTIVE), failed, "the back-off stays");
  world.signedIn = false;
  await client.open();
  client.accountPageOpened();
  const before = readings();
  await until(60);
  assert.equal(readings(), before);
});
