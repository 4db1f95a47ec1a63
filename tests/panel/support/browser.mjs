// The real browser that the tests drive.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser in a profile of its own, which is removed with it. */
export async function openBrowser(options = {}) {
  const profile = await mkdtemp(join(tmpdir(), "credit-panel-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ARGS,
    locale: "en-US",
    timezoneId: "Europe/Berlin",
    ...options,
  });
  const inner = browser.browser();
  return {
    /** A page with storage of its own. */
    async newPage(pageOptions) {
      const context = await inner.newContext({
        locale: "en-US",
        timezoneId: "Europe/Berlin",
        acceptDownloads: true,
        ...pageOptions,
      });
      await context.addInitScript(() => {
        /** What the panel draws is in its shadow root; before it is there, nothing is found. */
        globalThis.shadow = () =>
          document.querySelector("costrict-credit-panel")?.shadowRoot ?? document.createDocumentFragment();
      });
      const page = await context.newPage();
      page.once("close", () => void context.close().catch(() => {}));
      return page;
    },
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
