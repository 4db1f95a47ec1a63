// What the panel shows when server or network fail: what is still true stays on the screen, and it comes
// back by itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Ledger } from "./support/ledger.mjs";
import { answerSignIns, headline, inEnglish, openTab, QUOTA, showsBalance, World } from "./support/panel.mjs";
import { axe } from "./support/watch.mjs";

const STATISTICS = "/quota-manager/api/v1/usage/statistics";

let world;
before(async () => {
  world = await World.start();
});
after(() => world?.stop());

/** A panel whose clock the test moves, with a good reading on it. */
async function settled(account) {
  const { token } = account ?? (await world.account());
  const { page, found } = await world.open(token, { prepare: (page) => page.clock.install() });
  const { remaining } = await world.quota(token);
  await showsBalance(page, remaining);
  return { page, found, token, remaining };
}

const refresh = (page) => page.locator(".toolbar [data-action=refresh]").click();
const problem = (page) => page.locator(".section-balance .banner");

async function refreshed(page) {
  await page.clock.fastForward(6_000);
  await refresh(page);
}

test("signed out: says what credits are, and how to sign in; no number", async () => {
  const { page, found } = await world.open(undefined);
  await page.locator(".panel[data-state=signed_out]").waitFor();
  assert.equal(await headline(page).count(), 0);
  assert.ok((await page.locator(".facts li").count()) > 1);
  await page.locator("[data-action=sign_in]").waitFor();
  const { token } = await world.account();
  await answerSignIns(page, [token]);
  await page.evaluate(() => (globalThis.isSamePage = true));
  await page.locator("[data-action=sign_in]").click();
  await showsBalance(page, (await world.quota(token)).remaining);
  assert.equal(await page.evaluate(() => globalThis.isSamePage), true);
  assert.deepEqual(found, []);
  await page.close();
});

test("a token that was revoked before its end leads to a sign-in after 30 seconds, and a new one is taken", async () => {
  const { token, id } = await world.account();
  const { page } = await world.open(token, { prepare: (page) => page.clock.install() });
  await headline(page).waitFor();
  await world.ledger.fault({
    route: "/quota-manager/api/v1/quota",
    status: 401,
    body: '{"code":"ai-gateway.invalid_token","message":"invalid token","success":false}',
    times: 2,
  });
  await refreshed(page);
  await problem(page).waitFor();
  assert.equal(await problem(page).locator("[data-action=sign_in]").count(), 0);
  await page.clock.fastForward(31_000);
  await problem(page).locator("[data-action=sign_in]").waitFor();
  await world.ledger.clearFaults();
  await answerSignIns(page, [await world.ledger.token(id)]);
  await problem(page).locator("[data-action=sign_in]").click();
  await page.clock.fastForward(10_000);
  await problem(page).waitFor({ state: "detached" });
  await page.close();
});

for (const [name, fault] of [
  ["rate limited", { status: 429, headers: { "retry-after": "120" }, body: "{}" }],
  [
    "sign in again",
    { status: 401, body: '{"code":"ai-gateway.invalid_token","message":"invalid token","success":false}' },
  ],
  [
    "the service failed",
    {
      status: 500,
      body: '{"code":"quota-manager.internal_error","message":"Failed to retrieve user quota: x","success":false}',
    },
  ],
  ["a gateway's page", { status: 502, html: true }],
  ["an answer without the promised shape", { status: 200, body: "[]" }],
  ["a connection that breaks", { reset: true }],
]) {
  test(`${name}: the last balance stays, with the problem beside it`, async () => {
    const { page, found, remaining } = await settled();
    await world.ledger.fault({ route: QUOTA, ...fault });
    await refreshed(page);
    await problem(page).waitFor();
    assert.equal(await headline(page).textContent(), inEnglish(remaining));
    assert.notEqual(await page.locator(".section-balance .banner-title").textContent(), "");
    assert.deepEqual(await axe(page), []);
    await world.ledger.clearFaults();
    // Back-off and the server's own wait are over after an hour; no click is needed.
    await page.clock.fastForward(3_600_000);
    await problem(page).waitFor({ state: "detached" });
    assert.deepEqual(found, []);
    await page.close();
  });
}

test("nothing cached and no answer: neither a number nor a zero", async () => {
  const { token } = await world.account();
  await world.ledger.fault({ route: QUOTA, status: 503, body: "" });
  const { page } = await world.open(token);
  await page.locator(".section-loading .banner").waitFor();
  assert.equal(await headline(page).count(), 0);
  await page.locator(".panel[data-state=problem]").waitFor();
  await world.ledger.clearFaults();
  await page.close();
});

test("the panel shows that the first reading is loading", async () => {
  const { token } = await world.account();
  await world.ledger.fault({ route: QUOTA, latency_ms: 6_000, times: 1 });
  const { page } = await world.open(token);
  await page.locator(".section-loading [aria-busy=true]").waitFor();
  await page.locator(".panel[data-state=loading]").waitFor();
  await showsBalance(page, (await world.quota(token)).remaining);
  await page.close();
});

test("offline and back: the balance stays, and is read again once the network is there", async () => {
  const { page, token, remaining } = await settled();
  await page.context().setOffline(true);
  await refreshed(page);
  await problem(page).waitFor();
  assert.equal(await headline(page).textContent(), inEnglish(remaining));
  await page.context().setOffline(false);
  await page.clock.fastForward(120_000);
  await problem(page).waitFor({ state: "detached" });
  await showsBalance(page, (await world.quota(token)).remaining);
  await page.close();
});

test("a reloaded page shows the cached balance while the server is unreachable", async () => {
  const other = await Ledger.start();
  const token = await other.token(await other.account());
  const own = world.ledger;
  world.ledger = other;
  try {
    const { page } = await world.open(token);
    const { remaining } = await world.quota(token);
    await showsBalance(page, remaining);
    await other.halt();
    await page.reload();
    await showsBalance(page, remaining);
    await other.resume();
    await page.close();
  } finally {
    world.ledger = own;
    await other.stop();
  }
});

test("an old reading is called stale in words", async () => {
  const { page } = await settled();
  await world.ledger.fault({ route: QUOTA, status: 503, body: "" });
  await refreshed(page);
  await page.clock.fastForward(1_200_000);
  await page.locator(".freshness .badge").waitFor();
  assert.notEqual(await page.locator(".freshness .badge").textContent(), "");
  await world.ledger.clearFaults();
  await page.close();
});

test("a server without statistics: the history says so, the rest works", async () => {
  const { token } = await world.account();
  await world.ledger.fault({ route: STATISTICS, status: 404, body: "404 page not found" });
  const { page, found } = await world.open(token);
  await openTab(page, "history");
  await page.locator("costrict-credit-usage .note").waitFor();
  assert.equal(await page.locator(".chart").count(), 0);
  await page.locator(".record").first().waitFor();
  await world.ledger.clearFaults();
  assert.deepEqual(found, []);
  await page.close();
});

test("counters and grants that do not add up: the balance counts, and the panel says that the list lags", async () => {
  const { token } = await world.account();
  await world.ledger.admin("POST", "/drift", { credits: 7 });
  const { page } = await world.open(token);
  await showsBalance(page, (await world.quota(token)).remaining);
  await page.locator(".section-balance > .line").first().waitFor();
  await world.ledger.clearFaults();
  await page.close();
});

/** Answers for the balance instead of the ledger: what no ledger would say. */
const answering = (token, data) =>
  world.open(token, {
    prepare: (page) =>
      page.route(`**${QUOTA}`, (route) =>
        route.fulfill({
          json: { code: "ok", message: "", success: true, data },
          headers: { "access-control-allow-origin": "*", date: new Date().toUTCString() },
        }),
      ),
  });

test("an account with nothing is an explicit 0 that teaches", async () => {
  const { token } = await world.account();
  const { page } = await answering(token, { total_quota: 0, used_quota: 0, quota_list: [] });
  await page.locator(".panel[data-state=empty]").waitFor();
  assert.equal(await headline(page).textContent(), "0");
  await page.locator(".empty").waitFor();
  assert.deepEqual(await axe(page), []);
  await page.close();
});

test("overdrawn: below zero, in words", async () => {
  const { token } = await world.account();
  const { page } = await answering(token, { total_quota: 100, used_quota: 102.5, quota_list: [] });
  await page.locator(".headline[data-tone=error]").waitFor();
  assert.match(await page.locator(".section-balance").textContent(), /2\.5/);
  await page.close();
});

test("ten thousand grants, twelve digits and names of ten thousand characters fit", async () => {
  const { token } = await world.account();
  const source = `<img src=x onerror=alert(1)>${"n".repeat(10_000)}`;
  const list = Array.from({ length: 10_000 }, (_, index) => ({
    amount: 12_345_678.25,
    expiry_date: new Date(Date.UTC(2027, 0, 1) + index * 3_600_000).toISOString(),
    source: index === 0 ? source : "Gift",
  }));
  const { page, found } = await answering(token, { total_quota: 123_456_782_500, used_quota: 0, quota_list: list });
  await page.locator(".rung").first().waitFor();
  assert.equal(await headline(page).textContent(), "123,456,782,500");
  assert.ok((await page.locator(".rung").count()) <= 100);
  assert.equal(await page.locator("img").count(), 0);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
  assert.deepEqual(found, []);
  await page.close();
});

test("without a core the page says that it could not start", async () => {
  const page = await world.browser.newPage();
  await page.route("**/session.json", (route) => route.fulfill({ status: 404 }));
  await page.goto(world.server.url);
  await page.locator(".not-started[role=alert]").waitFor();
  await page.close();
});
