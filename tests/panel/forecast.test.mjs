// What a forecast rests on: loaded by the first caller that asks for one, once for each account, in the core, and kept.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { answerSignIns, openTab, World } from "./support/panel.mjs";

const ROOT = new URL("../../", import.meta.url);
const STATISTICS = "/quota-manager/api/v1/usage/statistics";

let api;
let world;
let ledger;
/** The ranges whose usage was requested. */
let ranges = [];
const realFetch = globalThis.fetch;

before(async () => {
  api = await import(new URL("pkg/web.js", ROOT));
  await api.load(await readFile(new URL("pkg/dist/costrict_credit_bg.wasm", ROOT)));
  world = await World.start();
  ledger = world.ledger;
  globalThis.fetch = (request, options) => {
    const url = new URL(String(request.url ?? request));
    if (url.pathname === STATISTICS) ranges.push(url.searchParams.get("time_range"));
    return realFetch(request, options);
  };
});
after(async () => {
  globalThis.fetch = realFetch;
  await world?.stop();
});

/** A client whose token can be replaced. */
async function newClient(t, token) {
  const store = new Map();
  const host = {
    token: async () => session.token,
    read: async (key) => store.get(key),
    write: async (key, value) => void (value === undefined ? store.delete(key) : store.set(key, value)),
  };
  const session = { token, client: new api.CreditClient(host, { baseUrl: ledger.url }) };
  t.after(() => session.client.free());
  await session.client.open();
  if (token !== undefined) await session.client.refresh("open");
  ranges = [];
  return session;
}

const demoToken = async () => ledger.token(await ledger.demo());

test("several callers share one load, watchers hear of it, and it is kept", async (t) => {
  const { client } = await newClient(t, await demoToken());
  assert.equal(client.forecast().basis.days, 0);
  let calls = 0;
  client.watch(() => (calls += 1));
  const all = await Promise.all([client.loadForecast(), client.loadForecast(), client.loadForecast()]);
  assert.ok(all[0].pace > 0 && all[0].basis.days > 3);
  // What will expire depends on the time of the call; what it rests on does not.
  const basis = ({ pace, basis }) => ({ pace, basis });
  assert.deepEqual(basis(all[1]), basis(all[0]));
  assert.deepEqual(new Set(ranges), new Set(["30days"]));
  const pages = ranges.length;
  assert.equal(calls, 1);
  assert.deepEqual(basis(client.forecast()), basis(await client.loadForecast()));
  assert.equal(ranges.length, pages);
  assert.ok(client.panel({ locale: "en" }).sections.some(({ kind }) => kind === "forecast"));
});

test("it comes after a sign-in and after a switch of accounts, and is of that account", async (t) => {
  const session = await newClient(t, undefined);
  const { client } = session;
  assert.equal((await client.loadForecast()).pace, undefined);
  assert.deepEqual(ranges, []);
  session.token = await demoToken();
  await client.refresh("signed_in");
  assert.ok((await client.loadForecast()).pace > 0);
  // A new account has no history.
  session.token = await ledger.token(await ledger.account({ amount: 10, valid_days: 20 }));
  ranges = [];
  await client.refresh("signed_in");
  assert.equal((await client.loadForecast()).pace, undefined);
  assert.ok(ranges.length > 0);
});

test("where a month cannot be received seven days are enough, and nothing is requested again soon", async (t) => {
  const { client } = await newClient(t, await demoToken());
  // The first request is that of the month.
  await ledger.fault({ route: STATISTICS, status: 500, body: "{}", times: 1 });
  const forecast = await client.loadForecast();
  assert.ok(forecast.pace > 0 && forecast.basis.days <= 7, JSON.stringify(forecast));
  assert.deepEqual([ranges[0], ranges.at(-1)], ["30days", "7days"]);
  const count = ranges.length;
  await client.loadForecast();
  assert.equal(ranges.length, count);
});

test("a server without statistics leaves a forecast that says that there is too little history", async (t) => {
  const { client } = await newClient(t, await demoToken());
  await ledger.fault({ route: STATISTICS, status: 404, body: "{}", times: 9 });
  t.after(() => ledger.clearFaults());
  assert.equal((await client.loadForecast()).pace, undefined);
  assert.ok(client.panel({ locale: "en" }).sections.some(({ kind }) => kind === "forecast"));
});

test("a panel that is open while its user signs in gets its forecast", async () => {
  const { page, found } = await world.open(undefined);
  await page.locator(".panel[data-state=signed_out]").waitFor();
  await answerSignIns(page, [await demoToken()]);
  await page.locator("[data-action=sign_in]").click();
  await page.locator(".section-forecast p.small").waitFor();
  await page.locator(".skeleton-forecast").waitFor({ state: "detached" });
  await openTab(page, "settings");
  assert.deepEqual(found, []);
  await page.close();
});
