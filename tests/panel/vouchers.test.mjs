// Vouchers in the panel: giving, redeeming, copying, and fields that are not filled in as they should be.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { headline, openTab, showsBalance, World } from "./support/panel.mjs";
import { axe } from "./support/watch.mjs";

let world;
before(async () => {
  world = await World.start();
});
after(() => world?.stop());

test("a voucher that one account gives is redeemed by another, once", async () => {
  const giver = await world.account();
  const receiver = await world.account();
  const before = { giver: await world.quota(giver.token), receiver: await world.quota(receiver.token) };
  const { page } = await world.open(giver.token);
  await openTab(page, "history");
  await page.locator("input[name=receiver]").fill(receiver.id);
  await page.locator("input[name=line]").first().fill("12.5");
  await page.locator("[data-action=voucher_give]").click();
  // Receiver, sum and grants are confirmed before anything is sent.
  const confirmation = page.locator("[role=alertdialog]:focus");
  await confirmation.waitFor();
  const asked = await confirmation.textContent();
  assert.ok(asked.includes(receiver.id) && /Credits: 12\.5/.test(asked) && /12\.5 until/.test(asked), asked);
  assert.deepEqual(await axe(page), []);
  await page.locator("[data-action=voucher_confirm]").click();
  const code = await page.locator(".voucher-code code").textContent();
  assert.ok(code.length > 20);
  // Nothing is left in the form that a second press would give away.
  await page.waitForFunction(() => shadow().querySelector("input[name=receiver]").value === "");
  assert.equal(await page.locator("input[name=line]").first().inputValue(), "");
  await openTab(page, "balance");
  await showsBalance(page, before.giver.remaining - 12.5);
  await page.close();

  const { page: other, found } = await world.open(receiver.token);
  await showsBalance(other, before.receiver.remaining);
  await openTab(other, "history");
  for (let round = 1; round <= 2; round += 1) {
    await other.locator("input[name=code]").fill(code);
    await other.locator("[data-action=voucher_redeem]").click();
    await other.waitForFunction(() => shadow().querySelector("input[name=code]").value === "");
    await other.locator("costrict-credit-voucher .banner").waitFor();
    await openTab(other, "balance");
    await showsBalance(other, before.receiver.remaining + 12.5);
    await openTab(other, "history");
  }
  assert.deepEqual(found, []);
  await other.close();
});

test("all of a grant is entered by one press, also what is finer than a cent or never expires", async () => {
  const { token } = await world.account(
    { amount: 12.345678, expires: "2099-06-30T23:59:59+08:00" },
    { amount: 7, expires: "9999-12-31T23:59:59+08:00" },
  );
  const { page, found } = await world.open(token);
  await openTab(page, "history");
  const [fine, endless] = [1, 2].map((line) => ({
    field: page.locator("input[name=line]").nth(line),
    all: page.locator("[data-action=give_all]").nth(line),
  }));
  await fine.all.click();
  assert.equal(await fine.field.inputValue(), "12.345678");
  await endless.all.click();
  assert.equal(await endless.field.inputValue(), "7");
  // Each button is described by its grant, and no description refers to a missing element.
  const described = (locator) =>
    locator.evaluate((one) => shadow().getElementById(one.getAttribute("aria-describedby"))?.textContent);
  assert.match(await described(endless.all), /does not expire/);
  assert.notEqual(await described(fine.all), await described(endless.all));
  assert.equal(await endless.field.getAttribute("aria-describedby"), null);
  assert.deepEqual(found, []);
  await page.close();
});

test("a form that is sent twice makes one voucher", async () => {
  const giver = await world.account();
  const receiver = await world.account();
  const before = await world.quota(giver.token);
  const { page } = await world.open(giver.token);
  let sent = 0;
  page.on("request", (request) => {
    if (request.url().includes("transfer-out") && request.method() === "POST") sent += 1;
  });
  await openTab(page, "history");
  await page.locator("input[name=receiver]").fill(receiver.id);
  await page.locator("input[name=line]").first().fill("2");
  await page.evaluate(() => {
    for (let press = 1; press <= 2; press += 1) shadow().querySelector("form.give").requestSubmit();
  });
  await page.locator("[data-action=voucher_confirm]").waitFor();
  await page.evaluate(() => {
    const confirm = shadow().querySelector("[data-action=voucher_confirm]");
    for (let press = 1; press <= 2; press += 1) confirm.click();
  });
  await page.locator(".voucher-code code").waitFor();
  await openTab(page, "balance");
  await showsBalance(page, before.remaining - 2);
  assert.equal(sent, 1);
  await page.close();
});

test("a copied voucher is confirmed only after it was copied", async () => {
  const giver = await world.account();
  const receiver = await world.account();
  const { page } = await world.open(giver.token, { permissions: ["clipboard-read", "clipboard-write"] });
  await openTab(page, "history");
  await page.locator("input[name=receiver]").fill(receiver.id);
  await page.locator("input[name=line]").first().fill("1");
  await page.locator("[data-action=voucher_give]").click();
  await page.locator("[data-action=voucher_confirm]").click();
  const copy = page.locator(".voucher-code [data-action=copy]");
  await copy.waitFor();
  const done = page.locator(".voucher-code [role=status]");
  assert.equal(await done.textContent(), "");
  assert.equal(await copy.getAttribute("title"), null);
  await copy.click();
  await done.filter({ hasText: "Copied" }).waitFor();
  assert.equal(
    await page.evaluate(() => navigator.clipboard.readText()),
    await page.locator(".voucher-code code").textContent(),
  );
  await page.close();
});

test("an unknown voucher code is reported in our words, and stays to be mended", async () => {
  const { token } = await world.account();
  const { page } = await world.open(token);
  await headline(page).waitFor();
  await openTab(page, "history");
  const code = page.locator("input[name=code]");
  await code.fill("this-is-no-voucher-at-all");
  await page.locator("[data-action=voucher_redeem]").click();
  const banner = page.locator("costrict-credit-voucher .banner[data-tone=error]");
  assert.match(await banner.textContent(), /Voucher not redeemed\s+This is not a valid voucher code/);
  assert.equal(await banner.locator(".server-words").count(), 0);
  assert.equal(await code.inputValue(), "this-is-no-voucher-at-all");
  // An equal result of another attempt is a new one.
  await page.evaluate(() => {
    window.results = 0;
    const region = shadow().querySelector("[aria-labelledby=redeem-title] [role=status]");
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes)
        for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) window.results += 1;
    }).observe(region, { childList: true });
  });
  await page.locator("[data-action=voucher_redeem]").click();
  await page.waitForFunction(() => window.results > 0);
  await page.close();
});

test("a result is scrolled to, the gain names its expiry, and the record has it without a reload", async () => {
  const giver = await world.account({ amount: 30, expires: "2099-06-30T23:59:59+08:00" });
  const receiver = await world.account();
  const { page } = await world.open(giver.token);
  await page.setViewportSize({ width: 420, height: 320 });
  await openTab(page, "history");
  const recorded = page.locator("costrict-credit-records .record[data-direction=out]");
  await page.locator("costrict-credit-records .record").first().waitFor();
  assert.equal(await recorded.count(), 0);
  await page.locator("input[name=receiver]").fill(receiver.id);
  await page.locator("input[name=line]").last().fill("12.5");
  await page.locator("[data-action=voucher_give]").click();
  await page.locator("[data-action=voucher_confirm]").click();
  const banner = page.locator("[aria-labelledby=give-title] .banner");
  const code = await banner.locator("code").textContent();
  await page.waitForFunction(() => {
    const { top, bottom } = shadow().querySelector("[aria-labelledby=give-title] .banner").getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  await recorded.first().waitFor();

  // After a reload the code is found in the record.
  await page.reload();
  await openTab(page, "history");
  await recorded.first().click();
  const readout = page.locator("costrict-credit-records .readout-box");
  assert.equal(await readout.locator("code").count(), 0);
  await readout.locator("[data-action=show_voucher]").click();
  assert.equal(await readout.locator("code").textContent(), code);
  await page.close();

  const { page: other, found } = await world.open(receiver.token);
  await headline(other).waitFor();
  await openTab(other, "history");
  await other.locator("input[name=code]").fill(code);
  await other.locator("[data-action=voucher_redeem]").click();
  const added = other.locator("[aria-labelledby=redeem-title] .banner[data-tone=good]");
  assert.match(await added.textContent(), /Added: 12\.5 until .*2099/);
  await other.locator("costrict-credit-records .record", { hasText: "Received" }).first().waitFor();
  assert.deepEqual(found, []);
  await other.close();
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
  const field = page.locator("input[name=receiver][aria-invalid=true]:focus");
  await field.waitFor();
  const error = await field.evaluate((input) =>
    input
      .getAttribute("aria-describedby")
      .split(" ")
      .map((id) => shadow().getElementById(id)?.textContent),
  );
  assert.ok(
    error.some((text) => text?.includes("This is not an account ID")),
    String(error),
  );
  assert.deepEqual(await axe(page), []);
  assert.equal(sent, 0);
  assert.deepEqual(found, []);
  await page.close();
});

/** The texts that describe a field. */
const described = (field) =>
  field.evaluate((input) =>
    (input.getAttribute("aria-describedby") ?? "")
      .split(" ")
      .map((id) => shadow().getElementById(id)?.textContent ?? "")
      .join(" "),
  );

test("an amount that is missing, too large or no number is said as such, beside its field", async () => {
  const { token } = await world.account({ amount: 12, valid_days: 20 });
  const receiver = await world.account();
  const { page, found } = await world.open(token);
  await headline(page).waitFor();
  await openTab(page, "history");
  let sent = 0;
  page.on("request", (request) => {
    if (request.url().includes("transfer-out") && request.method() === "POST") sent += 1;
  });
  await page.locator("input[name=receiver]").fill(receiver.id);
  const line = page.locator("input[name=line]").first();
  for (const [typed, text] of [
    ["", /Enter an amount for at least one grant/],
    ["ten", /Enter a number above 0, such as 12\.5/],
    ["0", /Enter a number above 0/],
    ["9000", /more than the grant has left/],
  ]) {
    await line.fill(typed);
    await page.locator("[data-action=voucher_give]").click();
    await page.locator("input[name=line][aria-invalid=true]:focus").first().waitFor();
    assert.match(await described(line), text);
    assert.equal(await page.locator("[role=alertdialog]").count(), 0);
  }
  // What is changed is not wrong any more; what was agreed to is what was reviewed.
  await line.fill("2");
  assert.equal(await line.getAttribute("aria-invalid"), null);
  await page.locator("[data-action=voucher_give]").click();
  await page.locator("[role=alertdialog]").waitFor();
  await line.fill("3");
  await page.locator("[role=alertdialog]").waitFor({ state: "detached" });
  await page.locator("[data-action=voucher_give]").click();
  await page.locator("[data-action=voucher_cancel]").click();
  await page.locator("[role=alertdialog]").waitFor({ state: "detached" });
  assert.equal(sent, 0);
  assert.deepEqual(found, []);
  await page.close();
});

test("a code that is none is said to be, beside its field; one that failed stays to be mended", async () => {
  const { token } = await world.account();
  const { page } = await world.open(token);
  await headline(page).waitFor();
  await openTab(page, "history");
  const code = page.locator("input[name=code]");
  await code.fill("short");
  await page.locator("[data-action=voucher_redeem]").click();
  await page.locator("input[name=code][aria-invalid=true]:focus").waitFor();
  assert.match(await described(code), /not look like a voucher code/);
  await code.fill("this-is-no-voucher-at-all");
  await page.locator("[data-action=voucher_redeem]").click();
  await page.locator("costrict-credit-voucher .banner:not([data-tone=good])").waitFor();
  assert.equal(await code.inputValue(), "this-is-no-voucher-at-all");
  await page.close();
});

test("what is being typed and what was chosen is there again after a reload, and no code of a voucher", async () => {
  const { token } = await world.account({ amount: 12, valid_days: 20 });
  const { page } = await world.open(token);
  await headline(page).waitFor();
  await openTab(page, "history");
  await page.locator("input[name=receiver]").fill("1111");
  await page.locator("input[name=line]").first().fill("2,5");
  await page.locator("input[name=code]").fill("a-secret-voucher-code");
  await page.locator("input[type=search]").fill("gift");
  await page.locator("input[name=usage_range]").last().check();
  await page.locator("input[name=from]").fill("2026-06-02");
  assert.ok(!(await page.evaluate(() => JSON.stringify(sessionStorage))).includes("a-secret-voucher-code"));
  await page.reload();
  await page.locator("input[name=line]").first().waitFor();
  const values = await page.evaluate(() =>
    ["receiver", "line", "code", "text", "from"].map((name) => shadow().querySelector(`input[name=${name}]`)?.value),
  );
  assert.deepEqual(values, ["1111", "2,5", "", "gift", "2026-06-02"]);
  await page.close();
});
