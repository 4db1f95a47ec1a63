// Takes pictures of the gallery: node tests/panel/gallery.mjs OUT [state[:tab] ...]. Build it first:
// npm run gallery --workspace www
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { openBrowser } from "./support/browser.mjs";
import { servePage } from "./support/page-server.mjs";
import { media, THEMES } from "./support/themes.mjs";

const WIDTHS = [320, 900];

const [folder, ...wanted] = process.argv.slice(2);
const server = await servePage({ folder: new URL("../../target/gallery/", import.meta.url), index: "gallery.html" });
const browser = await openBrowser();
try {
  await mkdir(folder, { recursive: true });
  for (const spec of wanted) {
    const [state, tab = "balance", theme, width] = spec.split(":");
    for (const t of theme ? [theme] : THEMES) {
      for (const w of width ? [Number(width)] : WIDTHS) {
        const page = await browser.newPage({ viewport: { width: w, height: 700 }, ...media(t) });
        page.on("pageerror", (error) => console.error(state, error.message));
        page.on("console", (message) => message.type() === "error" && console.error(state, message.text()));
        await page.goto(`${server.url}#${new URLSearchParams({ state, tab })}`);
        await page.locator(".panel").waitFor();
        await page.screenshot({ path: join(folder, `${state}-${tab}-${t}-${w}.png`), fullPage: true });
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
  await server.close();
}
