// Takes the pictures of docs/screenshots with a real ledger's demo account: node tests/panel/pictures.mjs OUT
// Build panel and ledger first.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { headline, openTab, World } from "./support/panel.mjs";

const PICTURES = [
  { name: "balance-wide-light", width: 900, tab: "balance" },
  { name: "balance-narrow-dark", width: 320, tab: "balance", colorScheme: "dark" },
  { name: "balance-narrow-german", width: 320, tab: "balance", locale: "de-DE" },
  { name: "balance-narrow-chinese", width: 320, tab: "balance", locale: "zh-CN" },
  { name: "history-narrow-japanese", width: 320, tab: "history", locale: "ja" },
  { name: "history-wide-dark", width: 900, tab: "history", colorScheme: "dark" },
  { name: "history-narrow-light", width: 320, tab: "history" },
  { name: "models-and-send-wide-light", width: 900, tab: "models" },
];

const [folder] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const world = await World.start();
try {
  const token = await world.ledger.token(await world.ledger.demo());
  for (const { name, width, tab, colorScheme = "light", locale } of PICTURES) {
    const { page } = await world.open(token, {
      viewport: { width, height: 700 },
      colorScheme,
      ...(locale ? { locale } : {}),
    });
    await headline(page).waitFor();
    await page.locator(".rung .line").first().waitFor();
    await openTab(page, tab);
    if (tab === "history") await page.locator(".record[aria-busy=false]").first().waitFor();
    if (tab === "models") {
      await page.locator("select[name=choose_model]").selectOption({ label: "GLM-4.6" });
      await page.locator("textarea").fill("Explain what this function does, and write tests for it.");
      await page.locator(".estimate-cost").waitFor();
    }
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
    await page.close();
  }
} finally {
  await world.stop();
}
