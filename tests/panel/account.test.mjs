// What the panel shows of an account, compared with the ledger; and a request that lowers the balance.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { headline, inEnglish, openTab, QUOTA, showsBalance, World } from "./support/panel.mjs";
import { axe } from "./support/watch.mjs";

let world;
before(async () => {
  world = await World.start();
});
after(() => world?.stop());

test("the numbers of the demo account are those of the ledger", async () => {
  const token = await world.ledger.token(await world.ledger.demo());
  const { page, found } = await world.open(token);
  const quota = await world.quota(token);
  await showsBalance(page, quota.remaining);
  const used = await page.locator(".used").textContent();
  assert.ok(used.includes(inEnglish(quota.used)) && used.includes(inEnglish(quota.total)), used);
  const amounts = await page.locator(".rung-amount").allTextContents();
  assert.deepEqual(
    amounts,
    quota.list.map(({ amount }) => inEnglish(amount)),
  );
  const share = await page.locator("[role=meter]").getAttribute("aria-valuenow");
  assert.ok(Math.abs(Number(share) - quota.used / quota.total) < 0.0001, share);
  assert.notEqual(await page.locator("[role=meter]").getAttribute("aria-valuetext"), "");
  assert.equal(await page.title(), await page.locator("h1").textContent());
  assert.deepEqual(found, []);
  await page.close();
});

test("a grant whose day differs on the server names that day, too", async () => {
  const { token } = await world.account();
  for (const [timezoneId, parts] of [
    ["Pacific/Auckland", 3],
    ["Asia/Shanghai", 2],
  ]) {
    const { page } = await world.open(token, { timezoneId });
    await headline(page).waitFor();
    // Exact time, the server's day where it is another, source.
    assert.equal(await page.locator(".rung-detail").first().locator("> span").count(), parts, timezoneId);
    await page.close();
  }
});

test("the box estimates a draft, copies it, and has nothing that spends credits", async () => {
  const { token } = await world.account();
  const { page, found } = await world.open(token, { permissions: ["clipboard-read", "clipboard-write"] });
  await openTab(page, "models");
  await page.locator("textarea").pressSequentially("Explain this function.");
  await page.locator(".estimate-cost").waitFor();
  assert.equal(await page.locator("[data-action=send]").count(), 0);
  const sent = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await page.keyboard.press("Control+Enter");
  await page.locator("costrict-credit-send [data-action=copy]").click();
  await page.locator("costrict-credit-send [role=status]", { hasText: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "Explain this function.");
  assert.equal(await page.locator("textarea").inputValue(), "Explain this function.");
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(sent, []);
  assert.deepEqual(found, []);
  await page.close();
});

test("after a request elsewhere the balance falls by what the ledger took", async () => {
  const { token } = await world.account();
  const before = await world.quota(token);
  const { page, found } = await world.open(token);
  await showsBalance(page, before.remaining);
  await openTab(page, "models");
  const compact = page.locator(".compact strong");
  await compact.waitFor();
  await world.ledger.chat(token, "Explain this function.");
  const { remaining, used } = await world.quota(token);
  assert.ok(used > before.used);
  const untouched = inEnglish(before.remaining);
  // Within five seconds of the reading before, a refresh is answered from the cache.
  await page.waitForFunction(
    (text) => {
      shadow().querySelector("[data-action=refresh]").click();
      return shadow().querySelector(".compact strong").textContent !== text;
    },
    untouched,
    { polling: 500 },
  );
  await openTab(page, "balance");
  await showsBalance(page, remaining);
  assert.equal(await page.locator(".headline-before").textContent(), untouched);
  assert.equal(await compact.count(), 0);
  assert.deepEqual(found, []);
  await page.close();
});

test("no table and no list is called as a heading is", async () => {
  const token = await world.ledger.token(await world.ledger.demo());
  const { page } = await world.open(token);
  await headline(page).waitFor();
  for (const tab of ["balance", "history", "models"]) {
    await openTab(page, tab);
    if (tab === "history") await page.locator(".chart").waitFor();
  }
  const { headings, names } = await page.evaluate(() => ({
    headings: [...shadow().querySelectorAll("h1, h2, h3")].map((heading) => heading.textContent.trim()),
    names: [...shadow().querySelectorAll("caption, [role=grid], [role=region], [role=group]")].map((element) =>
      (element.getAttribute("aria-label") ?? element.textContent).trim(),
    ),
  }));
  assert.ok(names.length > 5, names.join());
  assert.deepEqual(
    names.filter((name) => headings.includes(name)),
    [],
  );
  await page.close();
});

test("amounts are hidden from the first paint on", async () => {
  const { token } = await world.account({ amount: 777.77, valid_days: 9, source: "Gift" });
  const { page } = await world.open(token);
  const secret = await headline(page).textContent();
  assert.match(secret, /\.77$/);
  await page.locator(".toolbar [data-action=mask]").click();
  await page.waitForFunction((text) => !document.body.textContent.includes(text), secret);

  // Every text that the page ever holds while it starts again, from the cache and from the server.
  await page.addInitScript(() => {
    globalThis.seen = "";
    const look = () => {
      for (const element of shadow().querySelectorAll("*")) {
        for (const { value } of element.attributes) globalThis.seen += `${value}\n`;
      }
      globalThis.seen += document.documentElement.textContent;
    };
    new MutationObserver(look).observe(document, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  });
  await page.reload();
  await headline(page).waitFor();
  for (const tab of ["history", "models", "settings", "balance"]) await openTab(page, tab);
  const seen = await page.evaluate(() => globalThis.seen);
  assert.ok(seen.length > 1000);
  for (const amount of [secret, "777.77"]) assert.ok(!seen.includes(amount), amount);
  assert.equal(await page.locator("[role=meter]").count(), 0);
  assert.equal(await page.locator(".meter[role=img]").count(), 1);

  await page.locator(".toolbar [data-action=mask]").click();
  await page.locator(".headline-value", { hasText: secret }).waitFor();
  await page.close();
});

test("the live region is silent over 100 refreshes without a change, and speaks at a change", async () => {
  const { id, token } = await world.account();
  const { page } = await world.open(token, { prepare: (page) => page.clock.install() });
  await headline(page).waitFor();
  await page.evaluate(() => {
    globalThis.said = [];
    const region = shadow().querySelector("[role=status][aria-live]");
    new MutationObserver(() => globalThis.said.push(region.textContent)).observe(region, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  let answers = 0;
  page.on("response", (response) => {
    if (response.url().endsWith(QUOTA) && response.request().method() === "GET") answers += 1;
  });
  for (let round = 1; round <= 100; round += 1) {
    await page.clock.fastForward(6_000);
    await page.locator(".toolbar [data-action=refresh]").click();
    while (answers < round)
      await page.waitForResponse((response) => response.url().endsWith(QUOTA), { timeout: 5_000 }).catch(() => {});
  }
  assert.ok(answers >= 100);
  assert.deepEqual(await page.evaluate(() => globalThis.said), []);

  await world.ledger.admin("POST", `/accounts/${id}/grants`, { amount: 50, valid_days: 3, source: "Gift" });
  await page.clock.fastForward(6_000);
  await page.locator(".toolbar [data-action=refresh]").click();
  await page.waitForFunction(() => globalThis.said.length > 0);
  await page.close();
});

test("the chosen language is loaded, kept, and changes every word", async () => {
  const { token } = await world.account();
  const { page, found } = await world.open(token);
  // Before the first answer there are fewer tabs, and they move when it comes.
  await headline(page).waitFor();
  const english = await page.locator("[role=tab]").allTextContents();
  await openTab(page, "settings");
  await page.locator("select[name=locale]").selectOption("zh-CN");
  await page.waitForFunction(() => document.documentElement.lang === "zh-CN");
  const chinese = await page.locator("[role=tab]").allTextContents();
  assert.ok(
    chinese.every((label, index) => label !== english[index]),
    chinese.join(),
  );
  await page.reload();
  await page.locator(".panel").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
  assert.deepEqual(found, []);
  await page.close();
});

test("the reader's own language is taken without being asked for", async () => {
  const { token } = await world.account();
  const { page } = await world.open(token, { locale: "zh-TW" });
  await headline(page).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-TW");
  await page.close();
});

test("tab and filters outlive the page; two tabs of one browser share their readings", async () => {
  const { token } = await world.account();
  const { page } = await world.open(token);
  await openTab(page, "history");
  await page.locator("input[name=usage_range][value='7days'], input[name=usage_range]").nth(1).check();
  await page.reload();
  await page.locator("#tab-history[aria-selected=true]").waitFor();
  await page.locator("input[name=usage_range]:checked").waitFor();
  assert.equal(await page.locator("input[name=usage_range]").nth(1).isChecked(), true);

  let asked = 0;
  const second = await page.context().newPage();
  second.on("request", (request) => {
    if (request.url().endsWith(QUOTA)) asked += 1;
  });
  await second.goto(world.server.url);
  await showsBalance(second, (await world.quota(token)).remaining);
  assert.equal(asked, 0, "the first tab has just asked");
  await page.close();
});
