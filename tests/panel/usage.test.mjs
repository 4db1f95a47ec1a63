// Usage beside the ledger's own rows: hours, bars and their requests, whose days, the period before, a list that is not whole.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inEnglish, openTab, World } from "./support/panel.mjs";

const STATISTICS = "/quota-manager/api/v1/usage/statistics";
const SERVER_ZONE = "Asia/Shanghai";

let world;
let demo;
before(async () => {
  world = await World.start();
  const id = await world.ledger.demo();
  demo = { id, token: await world.ledger.token(id) };
});
after(() => world?.stop());

/** The history tab, and the addresses of the usage lists that it requested. */
async function history(options) {
  const lists = [];
  const opened = await world.open(demo.token, {
    timezoneId: SERVER_ZONE,
    prepare: async (page) => {
      page.on("request", (request) => request.url().includes(STATISTICS) && lists.push(new URL(request.url())));
      await options?.prepare?.(page);
    },
    ...options?.context,
  });
  await openTab(opened.page, "history");
  await opened.page.locator(".chart").waitFor();
  return { ...opened, lists };
}

const choose = async (page, value, name = "usage_range") => {
  const options = await page.locator(`input[name=${name}]`).evaluateAll((inputs) => inputs.map(({ value }) => value));
  await page.locator(`input[name=${name}]`).nth(options.indexOf(value)).check();
  await page.locator("costrict-credit-usage [aria-busy=false]").waitFor();
};

const requests = (page) => page.locator(".requests tbody tr");
const said = (page) => page.locator("costrict-credit-usage > [role=status]");

test("today has a bar for each hour; those to come say so", async () => {
  const { page } = await history();
  await choose(page, "today");
  await page.waitForFunction(() => shadow().querySelectorAll("costrict-credit-usage .bar").length !== 30);
  const bars = page.locator(".bar");
  if ((await bars.count()) === 0) return page.close(); // just after midnight
  assert.equal(await bars.count(), 24);
  const hour = Number(
    new Intl.DateTimeFormat("en", { hour: "2-digit", hourCycle: "h23", timeZone: SERVER_ZONE }).format(new Date()),
  );
  if (hour < 22) assert.match(await bars.last().getAttribute("aria-label"), /still to come/);
  assert.equal(await page.locator(".bar.today").count(), 1);
  await page.close();
});

test("a bar lists its requests by click and by Enter, and says so; Escape lists all again", async () => {
  const { page, found } = await history();
  const all = await page.locator(".requests-paging > span").textContent();
  const bar = page
    .locator(".bar", { hasNot: page.locator("nothing") })
    .filter({ has: page.locator(".fill") })
    .last();
  const label = await bar.getAttribute("aria-label");
  const [, count] = label.match(/, (\d+) requests?/);
  await bar.click();
  await page.locator(".bar[aria-pressed=true]").waitFor();
  assert.equal(await requests(page).count(), Math.min(20, Number(count)));
  const day = label.split(":")[0];
  assert.equal(await page.locator(".requests h3").textContent(), `Requests: ${day}`);
  await page.waitForFunction(
    (day) => shadow().querySelector("costrict-credit-usage > [role=status]").textContent.includes(day),
    day,
  );
  // In the list without the day of the week, for which a narrow side bar has no room.
  const date = day.replace(/^\w+, /, "");
  for (const row of await requests(page).locator("th").allTextContents()) assert.ok(row.startsWith(date), row);
  await page.keyboard.press("Escape");
  await page.locator(".bar[aria-pressed=true]").waitFor({ state: "detached" });
  assert.equal(await page.locator(".requests-paging > span").textContent(), all);
  await page.keyboard.press("ArrowLeft");
  const focused = await page.evaluate(() => shadow().activeElement.getAttribute("aria-label"));
  assert.notEqual(focused, label);
  await page.keyboard.press("Enter");
  await page.locator(".bar[aria-pressed=true]").waitFor();
  assert.equal(await page.locator(".bar[aria-pressed=true]").getAttribute("aria-label"), focused);
  await page.locator(".requests .link").click();
  await page.locator(".bar[aria-pressed=true]").waitFor({ state: "detached" });
  assert.deepEqual(found, []);
  await page.close();
});

test("the requests are the ledger's, page by page", async () => {
  const { page } = await history();
  const { records, total } = await world.ledger.ask(demo.token, `${STATISTICS}?time_range=30days&page=1&page_size=50`);
  await page.locator(".requests-paging [data-action=requests_page]").last().click();
  await page.locator(".requests-paging > span", { hasText: `21 to 40 of ${inEnglish(total)}` }).waitFor();
  assert.match(await said(page).textContent(), /21 to 40/);
  const cells = await requests(page).evaluateAll((rows) => rows.map((row) => row.cells[1].textContent));
  assert.deepEqual(
    cells,
    records.slice(20, 40).map((row) => row.model),
  );
  await page.close();
});

test("bars are divided by model, with a legend in the order of the list below", async () => {
  const { page } = await history();
  const legend = await page.locator(".legend li").allTextContents();
  const models = await page.locator(".share-name").allTextContents();
  assert.ok(legend.length >= 2);
  assert.deepEqual(legend.slice(0, Math.min(5, models.length)), models.slice(0, Math.min(5, models.length)));
  const label = await page
    .locator(".bar")
    .filter({ has: page.locator(".fill") })
    .last()
    .getAttribute("aria-label");
  assert.ok(
    legend.some((name) => label.includes(`${name}: `)),
    label,
  );
  await page.close();
});

test("usage and record share one choice of days, which is kept; there is none where it makes no difference", async () => {
  const { page } = await history();
  assert.equal(await page.locator("input[name=usage_days]").count(), 0);
  await page.close();
  const { page: abroad } = await history({ context: { timezoneId: "America/New_York" } });
  await abroad.locator(".record[aria-busy=false]").first().waitFor();
  const times = () => abroad.locator(".record .record-at, .record time, .record").first().textContent();
  const local = await times();
  const request = await requests(abroad).first().locator("th").textContent();
  await choose(abroad, "server", "usage_days");
  await abroad.waitForFunction((old) => shadow().querySelector(".requests tbody th").textContent !== old, request);
  assert.notEqual(await times(), local);
  await abroad.reload();
  await openTab(abroad, "history");
  await abroad.locator(".chart").waitFor();
  assert.equal(await abroad.locator("input[name=usage_days]").last().isChecked(), true);
  await abroad.close();
});

test("the period before costs one more list for a month, and none for a week", async () => {
  const { page, lists } = await history();
  await page.locator(".remarks", { hasText: /than the 30 days before|The same as|not known/ }).waitFor();
  const isBefore = (address) => address.searchParams.has("start_time");
  const before = lists.filter(isBefore).length;
  assert.ok(before > 0 && lists.length > before);
  await choose(page, "7days");
  await page.locator(".remarks", { hasText: "7 days before" }).waitFor();
  assert.equal(lists.filter(isBefore).length, before);
  await page.close();
});

test("a list that is not whole: lower bounds, no highest day, no comparison, and days that are not loaded", async () => {
  const { page } = await history({
    prepare: (page) =>
      page.route(`**${STATISTICS}**`, (route) =>
        new URL(route.request().url()).searchParams.get("page") === "1" ? route.continue() : route.abort(),
      ),
  });
  const total = await page.locator(".total").textContent();
  assert.match(total, /^at least /);
  assert.doesNotMatch((await page.locator(".remarks").allTextContents()).join(), /Most|than/);
  const labels = await page.locator(".bar").evaluateAll((bars) => bars.map((bar) => bar.getAttribute("aria-label")));
  assert.ok(labels.every((label) => /at least|not loaded/.test(label)));
  assert.ok(labels.some((label) => label.includes("not loaded")));
  await page.close();
});
