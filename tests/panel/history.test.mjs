// History beside the ledger's own rows: ranges, the record, files.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inEnglish, openTab, saved, World } from "./support/panel.mjs";
import { overflowing } from "./support/watch.mjs";

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

/** The server's zone, so that days are those of the ledger's own lists. */
const SERVER_ZONE = "Asia/Shanghai";

async function history(options) {
  const opened = await world.open(demo.token, { timezoneId: SERVER_ZONE, ...options });
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

/** The usage is that of one day, by hour. There is no chart just after the server's midnight. */
const isOfToday = (page) =>
  page.waitForFunction(() => {
    const usage = shadow().querySelector("costrict-credit-usage");
    return (
      usage.querySelector("[aria-busy=false]") !== null &&
      usage.querySelector("input[name=usage_range]").checked &&
      [0, 24].includes(usage.querySelectorAll(".bar").length)
    );
  });

test("the forecast rests on the month, whatever period is looked at, and whichever was looked at last time", async () => {
  const { page } = await world.open(demo.token, { timezoneId: SERVER_ZONE });
  const basis = page.locator(".section-forecast p.small");
  await basis.waitFor();
  const said = await basis.textContent();
  await openTab(page, "history");
  await page.locator(".segment").first().click();
  await isOfToday(page);
  await openTab(page, "balance");
  assert.equal(await basis.textContent(), said);

  await page.reload();
  await basis.waitFor();
  assert.equal(await basis.textContent(), said);
  await openTab(page, "history");
  await isOfToday(page);
  await page.close();
});

test("an own range has both of its days in it", async () => {
  const { page } = await history();
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
  const csv = await saved(page, () => page.locator("costrict-credit-usage [data-action=export]").first().click());
  assert.match(csv.name, /\.csv$/);
  const [head, ...lines] = csv.text
    .replace(/^\ufeff/, "")
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(","));
  assert.equal(lines.length, rows.length);
  const column = (name) => head.findIndex((cell) => cell.toLowerCase().includes(name));
  const micro = lines.map((line) => Math.round(Number(line[column("credits")]) * 1e6));
  assert.equal(
    micro.reduce((all, one) => all + one, 0),
    Math.round(sum(rows) * 1e6),
  );
  assert.deepEqual(
    lines.map((line) => line[column("model")]),
    rows.map((row) => row.model),
  );
  const json = await saved(page, () => page.locator("costrict-credit-usage [data-action=export]").last().click());
  const read = JSON.parse(json.text);
  const list = Array.isArray(read) ? read : Object.values(read).find(Array.isArray);
  assert.equal(list.length, rows.length);
  await page.close();
});

test("what is asked for is chosen at once; the older answer stays until the new one is there", async () => {
  const { page } = await history();
  const total = await page.locator(".total").textContent();
  let answer;
  const answered = new Promise((done) => {
    answer = done;
  });
  await page.route(`**${STATISTICS}?**time_range=today**`, async (route) => {
    await answered;
    await route.continue();
  });
  await page.locator("input[name=usage_range]").first().check();
  await page.locator("costrict-credit-usage [aria-busy=true] .progress").waitFor();
  assert.equal(await page.locator("input[name=usage_range]").first().isChecked(), true);
  assert.equal(await page.locator(".total").textContent(), total);
  answer();
  await page.locator("costrict-credit-usage [aria-busy=true]").waitFor({ state: "detached" });
  assert.notEqual(await page.locator(".bar").count(), 30);
  await page.close();
});

test("an answer that comes late does not replace what was asked for after it", async () => {
  const { page } = await history();
  const late = [];
  await page.route(`**${STATISTICS}?**time_range=today**`, (route) => {
    late.push(() => route.continue());
  });
  const asked = page.waitForRequest((request) => request.url().includes("time_range=today"));
  await page.locator("input[name=usage_range]").first().check();
  await asked;
  await page.locator("input[name=usage_range]").nth(1).check();
  await page.waitForFunction(() => shadow().querySelectorAll(".bar").length === 7);
  const answered = page.waitForResponse((response) => response.url().includes("time_range=today"));
  for (const go of late) await go();
  await (await answered).finished();
  // Another round through the core: whatever the late answer would have done is done by then.
  await page.locator("select[name=records_filter]").selectOption("expire");
  await page.locator(".record[data-direction=in]").first().waitFor({ state: "detached" });
  assert.equal(await page.locator(".bar").count(), 7);
  assert.equal(await page.locator("input[name=usage_range]").nth(1).isChecked(), true);
  await page.close();
});

test("a second look that fails leaves what is known, says so, and can be repeated", async () => {
  const { page } = await history();
  const total = await page.locator(".total").textContent();
  const first = await page.locator(".record-description").first().textContent();
  for (const route of [STATISTICS, AUDIT]) await world.ledger.fault({ route, status: 502, html: true });
  await page.locator("input[name=usage_range]").nth(2).dispatchEvent("change");
  await page.locator("select[name=records_filter]").dispatchEvent("change");
  await page.locator("costrict-credit-usage .banner [data-action=usage_retry]").waitFor();
  await page.locator("costrict-credit-records .banner [data-action=records_retry]").waitFor();
  assert.equal(await page.locator(".total").textContent(), total);
  assert.equal(await page.locator(".record-description").first().textContent(), first);
  await world.ledger.clearFaults();
  await page.locator("[data-action=usage_retry]").click();
  await page.locator("[data-action=records_retry]").click();
  await page.locator("costrict-credit-usage .banner").waitFor({ state: "detached" });
  await page.locator("costrict-credit-records .banner").waitFor({ state: "detached" });
  await page.close();
});

test("the record is the ledger's, and its file holds all of it", async () => {
  const { page } = await history();
  const { records, total } = await world.ledger.ask(demo.token, `${AUDIT}?page=1&page_size=10000`);
  assert.equal(await page.locator("[role=grid]").getAttribute("aria-rowcount"), String(total));
  const first = await page.locator(".record .record-amount").first().textContent();
  assert.equal(first.replace(/[^\d.]/g, ""), String(Math.abs(records[0].amount)));
  const file = await saved(page, () => page.locator("costrict-credit-records [data-action=export]").last().click());
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
  await page.locator("costrict-credit-records .note").waitFor();
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
      const records = Array.from({ length: Math.max(0, Math.min(size, count - first)) }, (_, index) =>
        row(first + index),
      );
      return route.fulfill({
        json: { code: "ok", message: "", success: true, data: { total: count, records } },
        headers: { "access-control-allow-origin": "*" },
      });
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
  await page.locator("costrict-credit-records [data-action=records_page]").first().click();
  await page.locator(".paging", { hasText: "9,901" }).waitFor();
  await page.locator("select[name=records_filter]").selectOption("transfer_in");
  await page.locator("[role=grid][aria-rowcount='5000']").waitFor();
  // Another list begins at its head, and the pages of a filtered one are cut from what was read for the first.
  assert.equal(await page.locator(".records-viewport").evaluate((element) => element.scrollTop), 0);
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes(AUDIT)) asked += 1;
  });
  await page.locator(".records-viewport").evaluate((element) => {
    element.scrollTop = element.scrollHeight;
  });
  await page.locator(".record[data-index='4999'][aria-busy=false]").waitFor();
  assert.equal(asked, 0);
  await page.close();
});

test("names of ten thousand characters and twelve digits fit into usage and record", async () => {
  const long = `<b>${"n".repeat(10_000)}`;
  const at = (offset) => new Date(Date.now() - offset + 8 * 3_600_000).toISOString().replace(/\.\d+Z/, "+08:00");
  const fulfilled = (pattern, data) => (page) =>
    page.route(pattern, (route) =>
      route.fulfill({
        json: { code: "ok", message: "", success: true, data },
        headers: { "access-control-allow-origin": "*" },
      }),
    );
  const charged = { id: 1, model: long, credits_used: 123_456_789_012.25, record_time: at(60_000) };
  const record = {
    amount: 999_999_999_999.25,
    operation: "RECHARGE",
    strategy_name: long,
    create_time: at(60_000),
    expiry_date: at(-9e8),
  };
  const { page, found } = await history({
    prepare: async (page) => {
      await fulfilled(`**${STATISTICS}?**`, {
        total: 2,
        records: [charged, { ...charged, id: 2, record_time: at(90_000_000) }],
      })(page);
      await fulfilled(`**${AUDIT}?**`, {
        total: 2,
        records: [record, { ...record, amount: -record.amount, operation: "DEDUCT" }],
      })(page);
    },
  });
  for (const width of [300, 900]) {
    await page.setViewportSize({ width, height: 800 });
    assert.deepEqual(await overflowing(page), [], `chart at ${width}`);
    await page.locator("[data-action=tables]").click();
    assert.deepEqual(await overflowing(page), [], `table at ${width}`);
    await page.locator("[data-action=tables]").click();
  }
  await page.locator(".record").first().click();
  assert.deepEqual(await overflowing(page), []);
  const box = await page.locator(".readout-box").boundingBox();
  assert.ok(box.height < 400, `the whole of a row is ${box.height} high`);
  assert.match(await page.locator(".total").textContent(), /246,913,578,024\.5/);
  assert.equal(await page.locator("costrict-credit-panel b").count(), 0);
  assert.deepEqual(found, []);
  await page.close();
});

test("a page of the record that is partly malformed still shows its good rows", async () => {
  const good = { amount: 5, operation: "RECHARGE", strategy_name: "fine", create_time: "2026-10-01T12:00:00+08:00" };
  const records = [good, null, { amount: "not a number" }, 17, { ...good, create_time: "yesterday" }, good];
  const { page, found } = await history({
    prepare: (page) =>
      page.route(`**${AUDIT}?**`, (route) =>
        route.fulfill({
          json: { code: "ok", message: "", success: true, data: { total: 6, records } },
          headers: { "access-control-allow-origin": "*" },
        }),
      ),
  });
  assert.ok((await page.locator(".record[aria-busy=false]").count()) >= 2);
  assert.deepEqual(found, []);
  await page.close();
});
