// History beside the ledger's own rows: ranges, the record, files, vouchers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { World, headline, inEnglish, openTab, saved, showsBalance } from "./support/panel.mjs";

const STATISTICS = "/quota-manager/api/v1/usage/statistics";
const AUDIT = "/quota-manager/api/v1/quota/audit";

let world;
let demo;
before(async () => {
  world = await World.start();
  const id = await world.ledger.demo();
  demo = { id, token: await world.ledger.token(id) };
});
after(() => world?.stop());

async function history(options) {
  const opened = await world.open(demo.token, options);
  await openTab(opened.page, "history");
  await opened.page.locator(".chart").waitFor();
  await opened.page.locator(".record[aria-busy=false]").first().waitFor();
  return opened;
}

/** Every usage row of the ledger, newest first. */
async function usageRows(query) {
  const rows = [];
  for (let page = 1; ; page += 1) {
    const { records, total } = await world.ledger.ask(demo.token, `${STATISTICS}?${query}&page=${page}&page_size=50`);
    rows.push(...records);
    if (records.length === 0 || rows.length >= total) return rows;
  }
}

const sum = (rows) => rows.reduce((all, row) => all + Math.round(row.credits_used * 1e6), 0) / 1e6;

test("thirty days: total, days and models are those of the ledger's rows", async () => {
  const { page, found } = await history();
  const rows = await usageRows("time_range=30days");
  const total = await page.locator(".total").textContent();
  assert.ok(total.includes(inEnglish(sum(rows))) && total.includes(inEnglish(rows.length)), total);
  assert.equal(await page.locator(".bar").count(), 30);
  const models = new Set(rows.map((row) => row.model));
  assert.equal(await page.locator(".shares li").count(), models.size);
  assert.deepEqual(found, []);
  await page.close();
});

test("an own range has both of its days in it", async () => {
  const { page } = await history({ timezoneId: "Asia/Shanghai" });
  const rows = await usageRows("time_range=30days");
  const day = (row) => row.record_time.slice(0, 10);
  const [to, from] = [...new Set(rows.map(day))].slice(1, 4).filter((_, index) => index !== 1);
  const inside = rows.filter((row) => day(row) >= from && day(row) <= to);
  await page.locator("input[name=usage_range][value=custom], input[name=usage_range]").last().check();
  await page.locator("input[name=from]").fill(from);
  await page.locator("input[name=to]").fill(to);
  await page.locator("[data-action=usage_custom]").click();
  await page.locator(".total", { hasText: inEnglish(sum(inside)) }).waitFor();
  const first = await page.locator(".bar").first().getAttribute("aria-label");
  const last = await page.locator(".bar").last().getAttribute("aria-label");
  assert.ok(first !== last && (await page.locator(".bar").count()) >= 2);
  assert.ok(inside.some((row) => day(row) === from) && inside.some((row) => day(row) === to));
  await page.close();
});

test("the usage file holds the ledger's rows", async () => {
  const { page } = await history();
  const rows = await usageRows("time_range=30days");
  const csv = await saved(page, () => page.locator("credit-usage [data-action=export]").first().click());
  assert.match(csv.name, /\.csv$/);
  assert.equal(csv.text.trim().split(/\r?\n/).length, rows.length + 1);
  const json = await saved(page, () => page.locator("credit-usage [data-action=export]").last().click());
  const read = JSON.parse(json.text);
  const list = Array.isArray(read) ? read : Object.values(read).find(Array.isArray);
  assert.equal(list.length, rows.length);
  await page.close();
});

test("the record is the ledger's, and its file holds all of it", async () => {
  const { page } = await history();
  const { records, total } = await world.ledger.ask(demo.token, `${AUDIT}?page=1&page_size=10000`);
  assert.equal(await page.locator("[role=grid]").getAttribute("aria-rowcount"), String(total));
  const first = await page.locator(".record .record-amount").first().textContent();
  assert.equal(first.replace(/[^\d.]/g, ""), String(Math.abs(records[0].amount)));
  const file = await saved(page, () => page.locator("credit-records [data-action=export]").last().click());
  const read = JSON.parse(file.text);
  const list = Array.isArray(read) ? read : Object.values(read).find(Array.isArray);
  assert.equal(list.length, total);
  await page.close();
});

test("filter and search leave the rows that match, over all pages", async () => {
  const { page } = await history();
  const { records } = await world.ledger.ask(demo.token, `${AUDIT}?page=1&page_size=10000`);
  const expired = records.filter((row) => row.operation === "EXPIRE").length;
  assert.ok(expired > 0);
  await page.locator("select[name=records_filter]").selectOption("expire");
  await page.locator(`[role=grid][aria-rowcount='${expired}']`).waitFor();
  const kinds = await page.locator(".record .record-kind").allTextContents();
  assert.equal(new Set(kinds).size, 1);
  await page.locator("select[name=records_filter]").selectOption("");
  await page.locator(`[role=grid][aria-rowcount='${records.length}']`).waitFor();

  await page.locator("input[type=search]").fill("zzz-nothing-has-this");
  await page.locator("input[type=search]").press("Enter");
  await page.locator("credit-records .note").waitFor();
  assert.equal(await page.locator(".record").count(), 0);
  await page.close();
});

/** A record of `count` rows instead of the ledger's. */
function longRecord(count) {
  const row = (index) => ({
    amount: index + 1,
    operation: index % 2 === 0 ? "RECHARGE" : "TRANSFER_IN",
    strategy_name: `row-${index + 1}`,
    create_time: "2026-10-01T12:00:00+08:00",
    expiry_date: "2026-12-31T23:59:59+08:00",
  });
  return (page) =>
    page.route(`**${AUDIT}?**`, (route) => {
      const query = new URL(route.request().url()).searchParams;
      const [number, size] = [Number(query.get("page")), Number(query.get("page_size"))];
      const first = (number - 1) * size;
      const records = Array.from({ length: Math.max(0, Math.min(size, count - first)) }, (_, index) => row(first + index));
      return route.fulfill({ json: { code: "ok", message: "", success: true, data: { total: count, records } }, headers: { "access-control-allow-origin": "*" } });
    });
}

test("ten thousand records scroll and page, with few rows in the page", async () => {
  const { page } = await history({ prepare: longRecord(10_000) });
  await page.locator("[role=grid][aria-rowcount='10000']").waitFor();
  await page.locator(".records-viewport").evaluate((element) => {
    element.scrollTop = element.scrollHeight;
  });
  await page.locator(".record[data-index='9999'][aria-busy=false]").waitFor();
  assert.match(await page.locator(".record[data-index='9999'] .record-amount").textContent(), /10,000/);
  assert.ok((await page.locator(".record").count()) < 60);
  await page.locator("credit-records [data-action=records_page]").first().click();
  await page.locator(".paging", { hasText: "9,901" }).waitFor();
  await page.locator("select[name=records_filter]").selectOption("transfer_in");
  await page.locator("[role=grid][aria-rowcount='5000']").waitFor();
  await page.close();
});

test("a page of the record that is partly malformed still shows its good rows", async () => {
  const good = { amount: 5, operation: "RECHARGE", strategy_name: "fine", create_time: "2026-10-01T12:00:00+08:00" };
  const records = [good, null, { amount: "not a number" }, 17, { ...good, create_time: "yesterday" }, good];
  const { page, found } = await history({
    prepare: (page) =>
      page.route(`**${AUDIT}?**`, (route) =>
        route.fulfill({ json: { code: "ok", message: "", success: true, data: { total: 6, records } }, headers: { "access-control-allow-origin": "*" } }),
      ),
  });
  assert.ok((await page.locator(".record[aria-busy=false]").count()) >= 2);
  assert.deepEqual(found, []);
  await page.close();
});

test("a voucher that one account gives is redeemed by another, once", async () => {
  const giver = await world.account();
  const receiver = await world.account();
  const before = { giver: await world.quota(giver.token), receiver: await world.quota(receiver.token) };
  const { page } = await world.open(giver.token);
  await openTab(page, "history");
  await page.locator("input[name=receiver]").fill(receiver.id);
  await page.locator("input[name=line]").first().fill("12.5");
  await page.locator("[data-action=voucher_give]").click();
  const code = await page.locator(".voucher-code code").textContent();
  assert.ok(code.length > 20);
  await openTab(page, "balance");
  await showsBalance(page, before.giver.remaining - 12.5);
  await page.close();

  const { page: other, found } = await world.open(receiver.token);
  await showsBalance(other, before.receiver.remaining);
  await openTab(other, "history");
  for (let round = 1; round <= 2; round += 1) {
    await other.locator("input[name=code]").fill(code);
    await other.locator("[data-action=voucher_redeem]").click();
    await other.locator("credit-voucher .banner").waitFor();
    assert.equal(await other.locator("input[name=code]").inputValue(), "");
    await openTab(other, "balance");
    await showsBalance(other, before.receiver.remaining + 12.5);
    await openTab(other, "history");
  }
  assert.deepEqual(found, []);
  await other.close();
});

test("what is said of a voucher that does not exist is said in the form", async () => {
  const { token } = await world.account();
  const { page } = await world.open(token);
  await headline(page).waitFor();
  await openTab(page, "history");
  await page.locator("input[name=code]").fill("this-is-no-voucher-at-all");
  await page.locator("[data-action=voucher_redeem]").click();
  await page.locator("credit-voucher .banner:not([data-tone=good])").waitFor();
  await page.close();
});

test("a receiver that is none is marked before anything is sent", async () => {
  const { token } = await world.account();
  const { page, found } = await world.open(token);
  await headline(page).waitFor();
  await openTab(page, "history");
  let sent = 0;
  page.on("request", (request) => {
    if (request.url().includes("transfer-out")) sent += 1;
  });
  await page.locator("input[name=receiver]").fill("somebody");
  await page.locator("input[name=line]").first().fill("1");
  await page.locator("[data-action=voucher_give]").click();
  await page.locator("input[name=receiver][aria-invalid=true]:focus").waitFor();
  assert.equal(sent, 0);
  assert.deepEqual(found, []);
  await page.close();
});
