// Refusals and failures are shown where they were caused: over stored views, with what the core's side would say.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openGallery } from "./support/gallery.mjs";
import { axe, overflowing, watch } from "./support/watch.mjs";

let gallery;
before(async () => {
  gallery = await openGallery();
});
after(() => gallery?.close());

async function shown(state, tab) {
  const page = await gallery.browser.newPage({ viewport: { width: 320, height: 700 } });
  const found = await watch(page);
  await page.goto(`${gallery.url}#${new URLSearchParams({ state, tab })}`);
  await page.locator(`#group-${tab} .section`).first().waitFor();
  return { page, found, post: (message) => page.evaluate((message) => globalThis.galleryPost(message), message) };
}

async function isFine(page, found) {
  assert.deepEqual(await overflowing(page), []);
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(found, []);
  await page.close();
}

test("a rejected range is reported in its form until it is changed", async () => {
  const { page, found, post } = await shown("ready", "history");
  await page.locator(".section-usage .segment").last().click();
  await page.locator("input[name=from]").fill("2026-06-10");
  await page.locator("input[name=to]").fill("2026-06-01");
  await post({ type: "refused", field: "query.range", of: "usage_custom" });
  const error = page.locator("#range-error");
  await error.waitFor();
  assert.match(await error.textContent(), /start date/);
  assert.equal(await page.locator("input[name=from]").inputValue(), "2026-06-10");
  assert.equal(await page.locator(".voucher [aria-invalid]").count(), 0);
  assert.deepEqual(await axe(page), []);
  await page.locator("input[name=to]").fill("2026-06-11");
  await error.waitFor({ state: "detached" });
  await isFine(page, found);
});

test("a prompt that is too long gets an error beside it, stays, and is not sent", async () => {
  const { page, found } = await shown("ready", "models");
  const prompt = page.locator("textarea");
  await prompt.evaluate((box) => {
    box.value = "x".repeat(1_000_001);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await page.locator("#prompt-error").waitFor();
  await page.evaluate(() => globalThis.galleryPost({ ...globalThis.galleryView, canSend: true }));
  await page.locator("[data-action=send]").click();
  assert.equal(await prompt.evaluate((box) => box.value.length), 1_000_001);
  const heard = await page.evaluate(() => globalThis.galleryHeard.map(({ type }) => type));
  assert.ok(!heard.includes("send") && !heard.includes("draft"), heard.join());
  await prompt.fill("short");
  await page.locator("#prompt-error").waitFor({ state: "detached" });
  await isFine(page, found);
});

test("a prompt that was sent leaves the box, and comes back without displacing another", async () => {
  const { page, found, post } = await shown("ready", "models");
  await page.evaluate(() => globalThis.galleryPost({ ...globalThis.galleryView, canSend: true }));
  const prompt = page.locator("textarea");
  await prompt.fill("The first");
  await page.locator("[data-action=send]").click();
  await page.waitForFunction(() => globalThis.galleryHeard.some(({ type }) => type === "send"));
  await post({ type: "sent" });
  assert.equal(await prompt.inputValue(), "");
  await post({ type: "returned", text: "The first" });
  assert.equal(await prompt.inputValue(), "The first");
  await prompt.fill("The second");
  await post({ type: "returned", text: "The first" });
  assert.equal(await prompt.inputValue(), "The second");
  await isFine(page, found);
});

test("a code is reported as copied only when it was, and is selected when it was not", async () => {
  const { page, found, post } = await shown("voucher-made", "history");
  const copy = page.locator(".voucher-code [data-action=copy]");
  const outcome = page.locator(".voucher-code [role=status]");
  await copy.click();
  assert.equal(await outcome.textContent(), "");
  await post({ type: "copied", done: false });
  await outcome.filter({ hasText: "Could not copy" }).waitFor();
  const code = await page.locator(".voucher-code code").textContent();
  assert.equal(await page.evaluate(() => String(getSelection())), code);
  await copy.click();
  await post({ type: "copied", done: true });
  await outcome.filter({ hasText: /^Copied$/ }).waitFor();
  await isFine(page, found);
});

test("a failure of the host is shown until another action", async () => {
  const { page, found, post } = await shown("ready", "history");
  for (const [what, words] of [
    ["save", "Could not save the file"],
    ["open", "Could not open the page"],
    ["setting", "this setting"],
  ]) {
    await post({ type: "failed", what });
    await page.locator(".failure", { hasText: words }).waitFor();
  }
  assert.deepEqual(await axe(page), []);
  await page.locator("[data-action=mask]").first().click();
  await page.locator(".failure .line").waitFor({ state: "detached" });
  await isFine(page, found);
});

test("an incomplete file is reported beside its buttons", async () => {
  const { page, found } = await shown("incomplete", "history");
  await page.locator("costrict-credit-usage [role=alert]", { hasText: "incomplete" }).waitFor();
  await page.locator("costrict-credit-records [role=alert]", { hasText: "Nothing exported" }).waitFor();
  await isFine(page, found);
});
