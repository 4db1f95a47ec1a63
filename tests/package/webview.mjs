/** A page in Chromium as a webview, for a host in this process. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
/** Of a webview: nothing inline, and no address that the page could reach. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'";

/** A browser in a profile of its own; `close` removes both. */
export async function openBrowser() {
  const profile = mkdtempSync(join(tmpdir(), "costrict-credit-"));
  const browser = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: ARGUMENTS });
  return {
    newPage: () => browser.newPage(),
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/**
 * Opens a page of a server as a webview. Messages pass as text, as between processes; `crossed` has all of them.
 *
 * @param globals what the page has as its way to post: the name of a function that returns it, or of the object
 */
export async function openWebview(browser, address, { factory, object }) {
  const page = await browser.newPage();
  const failures = [];
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (message) => message.type() === "error" && failures.push(message.text()));
  const listeners = new Set();
  const crossed = [];
  await page.exposeFunction("postToHost", (text) => {
    crossed.push(text);
    for (const listener of [...listeners]) listener(JSON.parse(text));
  });
  await page.addInitScript(
    ([factory, object]) => {
      const post = (message) => globalThis.postToHost(JSON.stringify(message));
      const api = { postMessage: post, post };
      if (factory !== undefined) globalThis[factory] = () => api;
      if (object !== undefined) globalThis[object] = api;
    },
    [factory, object],
  );
  await page.route(address, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": POLICY } });
  });
  const webview = {
    postMessage: (message) => {
      const text = JSON.stringify(message);
      crossed.push(text);
      return page.evaluate((sent) => globalThis.postMessage(JSON.parse(sent), "*"), text);
    },
    onDidReceiveMessage: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
  };
  return { page, webview, crossed, listeners, failures, load: () => page.goto(address) };
}
