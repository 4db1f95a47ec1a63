// Keyboard and screen reader: focus is kept, names describe state, and results are announced.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openGallery } from "./support/gallery.mjs";

let gallery;

before(async () => {
  gallery = await openGallery();
});

after(() => gallery?.close());

async function shown(state, tab) {
  const page = await gallery.browser.newPage({ viewport: { width: 320, height: 700 } });
  await page.goto(`${gallery.url}#${new URLSearchParams({ state, tab })}`);
  await page.locator(`#group-${tab} .section`).last().waitFor();
  return page;
}

/** Redraws a section with other content, as an answer of the server does. */
const redraw = (page, kind, more) =>
  page.evaluate(
    async ([which, change]) => {
      const panel = shadow().querySelector("costrict-credit-view");
      const sections = panel.view.sections.map((section) =>
        section.kind === which ? { ...section, ...change } : section,
      );
      // Plain data cannot say "absent".
      for (const section of sections)
        for (const name of Object.keys(section)) if (section[name] === null) delete section[name];
      panel.view = { ...panel.view, sections };
      await panel.updateComplete;
      await shadow().querySelector(`costrict-credit-${which}`)?.updateComplete;
    },
    [kind, more],
  );

const heard = (page, type) =>
  page.evaluate((wanted) => globalThis.galleryHeard.filter((message) => message.type === wanted), type);
const focused = (page) => page.evaluate(() => shadow().activeElement.textContent.trim());

test("a button that goes with its problem leaves the keyboard at the heading of its section", async () => {
  const page = await shown("history-failed", "history");
  await page.locator("costrict-credit-records [data-action=records_retry]").focus();
  await redraw(page, "records", { problem: null });
  assert.equal(await focused(page), "Credit record");
  await page.locator("costrict-credit-usage [data-action=usage_retry]").focus();
  await redraw(page, "usage", { problem: null, state: "loading", note: "Loading usage…" });
  assert.equal(await focused(page), "Usage");
  await page.close();
});

test("a button of the balance that goes leaves the keyboard where it can be seen", async () => {
  const page = await shown("sign-in-again", "balance");
  await page.locator(".section-balance [data-action=sign_in]").focus();
  await redraw(page, "balance", { problem: null });
  assert.ok(await page.evaluate(() => shadow().activeElement.matches(".section-balance")));
  await page.close();
});

test("a section that comes between takes neither the keyboard nor what was opened below it", async () => {
  const page = await shown("ready", "balance");
  const without = () =>
    page.evaluate(() => {
      const panel = shadow().querySelector("costrict-credit-view");
      globalThis.whole = panel.view;
      panel.view = { ...panel.view, sections: panel.view.sections.filter(({ kind }) => kind !== "forecast") };
      return panel.updateComplete;
    });
  await without();
  const summary = page.locator(".section-ladder summary");
  await summary.focus();
  await page.keyboard.press("Enter");
  await page.locator(".section-ladder details[open]").waitFor();
  await page.evaluate(() => (shadow().querySelector("costrict-credit-view").view = globalThis.whole));
  await page.locator(".section-forecast").waitFor();
  assert.ok(await summary.evaluate((element) => element === shadow().activeElement));
  assert.equal(await page.locator(".section-ladder details[open]").count(), 1);
  await page.close();
});

test("a chosen row keeps the keyboard while the list scrolls under it", async () => {
  const page = await shown("long-list", "history");
  await page.locator(".record[data-index='1']").click();
  const first = await page.locator(".records-viewport").evaluate((viewport) => {
    viewport.scrollTop = viewport.scrollHeight / 2;
    return Math.ceil(viewport.scrollTop / shadow().querySelector(".record").offsetHeight);
  });
  await page.locator(`.record[data-index='${first}']`).waitFor();
  assert.equal(await page.evaluate(() => shadow().activeElement.dataset.index), "1");
  await page.keyboard.press("ArrowDown");
  await page.locator(".record[data-index='2']:focus").waitFor();
  await page.close();
});

test("a search result is announced once, and the initial list is not", async () => {
  const page = await shown("ready", "history");
  const said = page.locator("costrict-credit-records > [role=status]");
  assert.equal(await said.textContent(), "");
  const search = await page.evaluate(() => shadow().querySelector("costrict-credit-records").section.search);
  await redraw(page, "records", { search: { ...search, value: "Li" }, busy: true, note: "Loading the record…" });
  assert.equal(await said.textContent(), "");
  await redraw(page, "records", { busy: null, note: null });
  assert.equal(await said.textContent(), "1 to 4 of 4");
  await redraw(page, "records", {
    search: { ...search, value: "zz" },
    state: "empty",
    rows: [],
    note: "No matching records.",
  });
  assert.equal(await said.textContent(), "No matching records.");
  await page.close();
});

test("a chosen period is announced when its numbers are loaded", async () => {
  const page = await shown("ready", "history");
  const said = page.locator("costrict-credit-usage > [role=status]");
  await redraw(page, "usage", { total: "29 credits, 58 requests" });
  assert.equal(await said.textContent(), "");
  await page.getByRole("radio", { name: "30 days" }).check();
  // A view from before the host has taken that in, such as one with a newer age.
  await redraw(page, "usage", { note: "One minute later" });
  assert.equal(await said.textContent(), "");
  const ranges = await page.evaluate(() => {
    const choice = shadow().querySelector("costrict-credit-usage").section.ranges;
    return { ...choice, options: choice.options.map((option) => ({ ...option, selected: option.value === "30days" })) };
  });
  await redraw(page, "usage", { ranges, busy: true, note: "Loading usage…" });
  assert.equal(await said.textContent(), "");
  await redraw(page, "usage", { busy: null, note: null, total: "7 credits, 14 requests" });
  assert.equal(await said.textContent(), "7 credits, 14 requests");
  await page.close();
});

test("an emptied search ends, by Escape as by the field's own button", async () => {
  const page = await shown("ready", "history");
  const search = await page.evaluate(() => shadow().querySelector("costrict-credit-records").section.search);
  await redraw(page, "records", { search: { ...search, value: "Li" } });
  await page.locator("input[type=search]").focus();
  await page.keyboard.press("Escape");
  assert.deepEqual(await heard(page, "records_search"), [{ type: "records_search", text: "" }]);
  await page.close();
});

test("the mask toggle is named by its action, and has no state that contradicts it", async () => {
  const page = await shown("masked", "balance");
  const button = page.locator(".toolbar [data-action=mask]");
  assert.equal(await button.getAttribute("aria-label"), "Show amounts");
  assert.equal(await button.getAttribute("aria-pressed"), null);
  assert.ok(await button.evaluate((element) => element.matches("[data-pressed]")));
  await page.close();
});

test("each language is named in itself, and said to be", async () => {
  const page = await shown("ready", "settings");
  const options = await page
    .locator("select[name=locale] option")
    .evaluateAll((all) => all.map(({ lang, value }) => [lang, value]));
  assert.ok(options.length > 1);
  for (const [lang, value] of options) assert.equal(lang, value);
  await page.close();
});

test("copying and sending nothing lead to the prompt", async () => {
  const page = await shown("ready", "models");
  await page.locator("costrict-credit-send [data-action=copy]").click();
  assert.ok(await page.locator("textarea").evaluate((prompt) => prompt === shadow().activeElement));
  await page.evaluate(() => globalThis.galleryPost({ ...globalThis.galleryView, canSend: true }));
  await page.locator("button[data-action=send]").focus();
  await page.keyboard.press("Enter");
  assert.ok(await page.locator("textarea").evaluate((prompt) => prompt === shadow().activeElement));
  assert.deepEqual(await heard(page, "send"), []);
  await page.close();
});

test("each result of a form is in a live region that existed before it", async () => {
  const page = await shown("ready", "history");
  const voucher = await page.evaluate(() => shadow().querySelector("costrict-credit-voucher").section);
  assert.equal(await page.locator("costrict-credit-voucher > .voucher > section > [role=status]").count(), 2);
  const result = { tone: "good", title: "20 credits added", text: "Valid until June 30." };
  const region = await page.locator("[aria-labelledby=redeem-title] > [role=status]").elementHandle();
  assert.equal((await region.textContent()).trim(), "");
  await redraw(page, "voucher", { redeem: { ...voucher.redeem, result } });
  assert.match(await region.textContent(), new RegExp(result.title));
  await page.close();
});
