// Every state of the gallery: nothing for axe to find in four themes, nothing wider than a narrow side bar, no script
// error, nothing that the page's policy has to refuse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openGallery } from "./support/gallery.mjs";
import { media, THEMES } from "./support/themes.mjs";
import { axe, overflowing, watch } from "./support/watch.mjs";

const STATES = [
  "ready",
  "signed-out",
  "loading",
  "first-failed",
  "change",
  "budget",
  "task-cap",
  "task-cap-ask",
  "task-cap-stop",
  "task-no-cap",
  "task-unsettled",
  "task-none",
  "task-opened",
  "tasks-by-project",
  "tasks-of-project",
  "tasks-masked",
  "tasks-many",
  "empty",
  "overdrawn",
  "stale",
  "offline",
  "rate-limited",
  "sign-in-again",
  "verifying",
  "breakdown-lags",
  "no-statistics",
  "history-loading",
  "history-busy",
  "history-empty",
  "history-failed",
  "masked",
  "long-list",
  "hostile",
  "rtl",
  "out-of-credit",
  "refused",
  "incomplete",
  "voucher-made",
];

/** States that differ beyond their first tab. */
const WHOLE = new Set([
  "ready",
  "task-cap-stop",
  "task-opened",
  "tasks-of-project",
  "tasks-many",
  "incomplete",
  "voucher-made",
  "no-statistics",
  "masked",
  "hostile",
  "rtl",
  "out-of-credit",
  "refused",
  "history-loading",
  "history-busy",
  "history-empty",
  "history-failed",
]);

let gallery;

before(async () => {
  gallery = await openGallery();
});

after(() => gallery?.close());

async function shown(state, options = { viewport: { width: 320, height: 700 } }) {
  const page = await gallery.browser.newPage(options);
  const found = await watch(page);
  await page.goto(`${gallery.url}#${new URLSearchParams({ state })}`);
  await page.locator(".panel").waitFor();
  return { page, found };
}

async function eachTab(page, state, look) {
  const tabs = page.getByRole("tab");
  const count = WHOLE.has(state) ? await tabs.count() : 1;
  for (let index = 0; index < count; index += 1) {
    if ((await tabs.count()) > 0) await tabs.nth(index).click();
    await look(index);
  }
}

test("the gallery shows every state that is tested here", async () => {
  const { page } = await shown("ready");
  const known = await page.evaluate(() => globalThis.galleryStates);
  assert.deepEqual([...known].sort(), [...STATES].sort());
  await page.close();
});

test("no two states show the same", async () => {
  const states = new Map();
  for (const state of STATES) {
    const { page } = await shown(state);
    const view = await page.evaluate(() => JSON.stringify(globalThis.galleryView.view));
    assert.equal(states.get(view), undefined, `${state} looks as ${states.get(view)}`);
    states.set(view, state);
    await page.close();
  }
});

for (const state of STATES) {
  test(`${state}: accessible in four themes, and fits into 320 and 900 pixels`, async () => {
    const { page, found } = await shown(state);
    for (const width of [320, 900]) {
      await page.setViewportSize({ width, height: 700 });
      await eachTab(page, state, async (tab) => {
        assert.deepEqual(await overflowing(page), [], `tab ${tab} at ${width}`);
        if (width === 320) assert.deepEqual(await axe(page), [], `tab ${tab} in light`);
        for (const theme of width === 320 ? THEMES.slice(1) : []) {
          await page.emulateMedia(media(theme));
          const rules = state === "ready" ? undefined : ["color-contrast", "link-in-text-block"];
          assert.deepEqual(await axe(page, rules), [], `tab ${tab} in ${theme}`);
        }
        await page.emulateMedia(media("light"));
      });
    }
    assert.deepEqual(found, []);
    await page.close();
  });
}

test("axe and the measure of widths do find what is wrong", async () => {
  const { page } = await shown("ready");
  await page.evaluate(() => {
    shadow().querySelector(".used").style.setProperty("color", "#ccc");
    shadow().querySelector(".used").style.setProperty("inline-size", "400px");
    shadow().querySelector("[data-action=refresh]").removeAttribute("aria-label");
    shadow().querySelector("[data-action=refresh]").removeAttribute("title");
  });
  const found = (await axe(page)).join("\n");
  assert.match(found, /color-contrast/);
  assert.match(found, /button-name/);
  assert.ok((await overflowing(page)).some((line) => line.includes("used")));
  await page.close();
});

test("text of a server is text: no element comes of it, and nothing of it runs", async () => {
  const { page, found } = await shown("hostile");
  await page.getByRole("tab", { name: "Models" }).click();
  assert.equal(await page.locator("img").count(), 0);
  assert.ok((await page.locator(".model-name").nth(1).textContent()).startsWith("<img src=x onerror"));
  assert.deepEqual(found, []);
  await page.close();
});

test("the keyboard reaches tabs, every day of the chart, and every row of a long record", async () => {
  const { page } = await shown("long-list");
  await page.getByRole("tab", { selected: true }).focus();
  await page.keyboard.press("ArrowRight");
  await page.getByRole("tab", { name: "History", selected: true }).waitFor();

  await page.locator(".bar[tabindex='0']").focus();
  await page.keyboard.press("End");
  const last = page.locator(".bar").last();
  assert.ok(await last.evaluate((bar) => bar === shadow().activeElement));
  assert.equal(await page.locator(".readout").textContent(), await last.getAttribute("aria-label"));
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Home");
  assert.ok(
    await page
      .locator(".bar")
      .first()
      .evaluate((bar) => bar === shadow().activeElement),
  );

  await page.locator(".record[tabindex='0']").focus();
  await page.keyboard.press("End");
  await page.locator(".record[data-index='9999']:focus").waitFor();
  await page.getByText("(10000)", { exact: false }).first().waitFor();
  await page.keyboard.press("Home");
  await page.locator(".record[data-index='0']:focus").waitFor();
  await page.close();
});

test("a record of 10 000 rows keeps few of them in the page, wherever it is scrolled to", async () => {
  const { page } = await shown("long-list");
  await page.getByRole("tab", { name: "History" }).click();
  const viewport = page.locator(".records-viewport");
  assert.equal(await page.locator("[role=grid]").getAttribute("aria-rowcount"), "10000");
  for (const share of [0.25, 0.5, 0.999]) {
    const index = await viewport.evaluate((element, part) => {
      element.scrollTop = element.scrollHeight * part;
      return Math.ceil(element.scrollTop / shadow().querySelector(".record").offsetHeight);
    }, share);
    await page.locator(`.record[data-index='${index}'][aria-busy='false']`).waitFor();
    assert.ok((await page.locator(".record").count()) < 60);
    assert.match(
      await page.locator(`.record[data-index='${index}'] .record-description`).textContent(),
      new RegExp(`\\(${index + 1}\\)`),
    );
  }
  await page.getByRole("button", { name: "Previous" }).click();
  await page.getByText("9,901 to 9,950 of 10,000").waitFor();
  await page.locator(".record[data-index='9900'][aria-busy='false']").waitFor();
  await page.close();
});

test("a change of the number is shown as a change, and without motion where none is wanted", async () => {
  const { page } = await shown("change", { viewport: { width: 320, height: 700 }, reducedMotion: "reduce" });
  assert.equal(await page.locator(".headline-value").textContent(), "40.5");
  assert.equal(await page.locator(".headline-before").textContent(), "41.5");
  const moving = await page.evaluate(() => shadow().getAnimations().length);
  assert.equal(moving, 0);
  await page.close();
});

test("chart and table show the same days", async () => {
  const { page } = await shown("ready");
  await page.getByRole("tab", { name: "History" }).click();
  const bars = await page.locator(".bar").count();
  await page.getByRole("button", { name: "Show as table" }).click();
  assert.equal(await page.locator("costrict-credit-usage table").first().locator("tbody tr").count(), bars);
  await page.getByRole("button", { name: "Show as chart" }).click();
  assert.equal(await page.locator(".bar").count(), bars);
  await page.close();
});

test("what is under way says so, and what is older stays in its place", async () => {
  const { page } = await shown("history-busy");
  await page.getByRole("tab", { name: "History" }).click();
  for (const part of ["costrict-credit-usage", "costrict-credit-records"]) {
    assert.equal(await page.locator(`${part} [aria-busy=true] .progress`).count(), 1, part);
  }
  assert.equal(await page.locator(".bar").count(), 7);
  assert.ok((await page.locator(".record[aria-busy=false]").count()) > 4);
  await page.close();

  const { page: first } = await shown("history-loading");
  await first.getByRole("tab", { name: "History" }).click();
  assert.equal(await first.locator("#group-history .skeleton").count(), 2);
  assert.match(await first.locator("costrict-credit-usage .progress").textContent(), /Loading usage/);
  await first.close();
});

test("the accuracy of estimates is shown under the total, word for word", async () => {
  const { page } = await shown("change");
  await page.getByRole("tab", { name: "History" }).click();
  const lines = await page.locator("costrict-credit-usage .accuracy .line").allInnerTexts();
  assert.deepEqual(
    lines.map((line) => line.trim()),
    ["Estimated 1, charged 1."],
  );
  await page.close();
});

test("the record shows all of the chosen row, and none before a choice", async () => {
  const { page } = await shown("ready");
  await page.getByRole("tab", { name: "History" }).click();
  assert.equal(await page.locator(".readout-box").count(), 0);
  await page.locator(".record").nth(1).click();
  assert.match(await page.locator(".readout-box").innerText(), /Grant expired[\s\S]*50 expired; 8\.4/);
  await page.locator(".record").nth(3).click();
  assert.match(await page.locator(".readout-box").innerText(), /Star on GitHub[\s\S]*until Jun 30/);
  await page.close();
});

test("the system's own high contrast and colours are taken", async () => {
  for (const options of [{ forcedColors: "active" }, { colorScheme: "dark", contrast: "more" }]) {
    const { page } = await shown("ready", { viewport: { width: 320, height: 700 }, ...options });
    assert.deepEqual(await axe(page), []);
    await page.close();
  }
});
