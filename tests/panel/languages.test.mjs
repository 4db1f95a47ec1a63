// Every language of the package in the narrow side bar: its words are there, and none of them leaves its box.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { after, before, test } from "node:test";

import { headline, openTab, World } from "./support/panel.mjs";
import { overflowing } from "./support/watch.mjs";

const LOCALES = (await readdir(new URL("../../pkg/locales/", import.meta.url)))
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length));

let world;
let token;
before(async () => {
  world = await World.start();
  token = await world.ledger.token(await world.ledger.demo());
});
after(() => world?.stop());

test("there is a catalogue for each language but English", () => {
  assert.ok(LOCALES.length >= 17, LOCALES.join());
});

for (const locale of LOCALES) {
  test(`${locale}: every tab fits into 320 pixels`, async () => {
    const { page, found } = await world.open(token, { locale });
    await headline(page).waitFor();
    await page.locator(`html[lang="${locale}"]`).waitFor();
    for (const tab of ["balance", "history", "models", "settings"]) {
      await openTab(page, tab);
      if (tab === "history") await page.locator(".chart").waitFor();
      if (tab === "models") {
        await page.locator("textarea").fill("?");
        await page.locator(".estimate").waitFor();
      }
      assert.deepEqual(await overflowing(page), [], tab);
      const cut = await page.evaluate(() =>
        [...shadow().querySelectorAll("button, .badge, .segment span, .field-label, .headline-caption, h2, h3")]
          .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1)
          .map((element) => element.textContent.trim()),
      );
      assert.deepEqual(cut, [], `${tab}: cut`);
    }
    assert.deepEqual(found, []);
    await page.close();
  });
}
