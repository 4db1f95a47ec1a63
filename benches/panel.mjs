// The account panel in Chromium: the first paint from the cache, panel() in wasm, and frames while 10 000 records are scrolled.
//
// The page is the built one with its policy, the core is the package's. The server is inside the page and answers immediately, or, for
// the first paint, never. Times by the clock include whatever else the machine does, and Chromium draws without a GPU; what is called
// "processor" is the time that the page's main thread really worked, by Chromium's own count.

import { serve, token } from "../tests/package/server.mjs";
import { openBrowser } from "../tests/panel/support/browser.mjs";
import { servePage } from "../tests/panel/support/page-server.mjs";
import { serveWebview } from "../tests/panel/support/webview.mjs";
import { answerInPage } from "./support/account.mjs";
import { coreFiles } from "./support/core-files.mjs";
import { repeats, report, reportTimes } from "./support/report.mjs";

const BASE = "https://credit.example";
const STARTS = repeats(15);
const server = await servePage({
  folder: new URL("../www/dist/", import.meta.url),
  session: { baseUrl: BASE, token: token() },
});
const browser = await openBrowser();
const account = (more) => ({ base: BASE, grants: 20, records: 10_000, hangs: false, ...more });

/** Counts the work of a page's main thread, in milliseconds since the last call. */
async function workOf(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  let before = 0;
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const now = 1_000 * metrics.find(({ name }) => name === "TaskDuration").value;
    const worked = now - before;
    before = now;
    return worked;
  };
}

/**
 * To be run before the page's own script: notes when that has run, and when the browser showed the frame with the balance, by its
 * own Paint Timing. Prints it on the console: a query from outside would be compiled and run during the measured time.
 */
function watchPaint() {
  const times = {};
  const define = customElements.define.bind(customElements);
  customElements.define = (name, element) => {
    define(name, element);
    // The last thing that the page's script does in its first run.
    if (name === "costrict-credit-panel") times.ran = performance.now();
  };
  const observer = new MutationObserver(() => {
    if (shadow().querySelector(".headline-value") === null) return;
    observer.disconnect();
    times.drawn = performance.now();
  });
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    observer.observe(root, { subtree: true, childList: true });
    return root;
  };
  // Element Timing does not see into shadow roots; the balance is in the first frame that has any text.
  new PerformanceObserver((list) => {
    times.painted = list.getEntriesByName("first-contentful-paint")[0]?.startTime;
    if (times.painted !== undefined) console.log(JSON.stringify(times));
  }).observe({ type: "paint", buffered: true });
}

/** Opens the page and waits for what `watchPaint` noted. */
async function paintedOn(page, url = server.url) {
  const printed = page.waitForEvent("console", (message) => message.text().startsWith("{"));
  await page.goto(url, { waitUntil: "commit" });
  return JSON.parse((await printed).text());
}

/** A page whose storage holds a reading, a month of usage and 20 grants. */
async function firstPaint() {
  const page = await browser.newPage({ viewport: { width: 320, height: 800 } });
  await page.addInitScript(answerInPage, account());
  await page.goto(server.url);
  await page.locator(".headline-value").waitFor();
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.includes("credit.v1")));
  const context = page.context();
  const took = [];
  const drawn = [];
  const worked = [];
  for (let start = 0; start < STARTS; start += 1) {
    const again = await context.newPage();
    await again.addInitScript(answerInPage, account({ hangs: true, records: 0 }));
    await again.addInitScript(watchPaint);
    const work = await workOf(again);
    await work();
    const times = await paintedOn(again);
    worked.push(await work());
    took.push(times.painted - times.ran);
    drawn.push(times.drawn - times.ran);
    await again.close();
  }
  reportTimes("panel: script run to first paint, browser, cached", took);
  reportTimes("panel: of it until the balance is in the page", drawn);
  reportTimes("panel: processor for all of the start, browser, cached", worked);
  await page.close();
}

/** The panel in an editor's webview: the core is in the extension, which sends the view. */
async function webviewPaint() {
  const page = await browser.newPage({ viewport: { width: 320, height: 800 } });
  await page.addInitScript(answerInPage, account());
  await page.goto(server.url);
  await page.locator(".headline-value").waitFor();
  const view = await page.evaluate(() => structuredClone(shadow().querySelector("costrict-credit-view").view));
  await page.close();
  const webview = await serveWebview();
  const took = [];
  for (let start = 0; start < STARTS; start += 1) {
    const again = await browser.newPage({ viewport: { width: 320, height: 800 } });
    await again.addInitScript(watchPaint);
    await again.addInitScript((sent) => {
      globalThis.acquireVsCodeApi = () => ({
        getState: () => undefined,
        setState: () => {},
        postMessage: ({ type }) => type === "ready" && window.postMessage({ type: "view", view: sent }, "*"),
      });
    }, view);
    const times = await paintedOn(again, webview.url);
    took.push(times.painted - times.ran);
    await again.close();
  }
  await webview.close();
  reportTimes("panel: script run to first paint, webview", took);
}

/** Runs in the page: scrolls the record for some seconds, a part of it each frame, and notes when frames came. */
function scroll({ seconds, step }) {
  return new Promise((done) => {
    const viewport = shadow().querySelector(".records-viewport");
    const frames = [];
    const long = [];
    const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)));
    observer.observe({ type: "longtask" });
    viewport.scrollTop = 0;
    let started;
    let before;
    const next = (now) => {
      started ??= now;
      if (before !== undefined) frames.push(now - before);
      before = now;
      if (now - started < seconds * 1_000) {
        viewport.scrollTop += step;
        if (viewport.scrollTop + viewport.clientHeight >= viewport.scrollHeight) viewport.scrollTop = 0;
        requestAnimationFrame(next);
        return;
      }
      for (const entry of observer.takeRecords()) long.push(entry.duration);
      observer.disconnect();
      done({ frames, long });
    };
    requestAnimationFrame(next);
  });
}

async function scrolling() {
  for (const [name, width] of [
    ["narrow", 320],
    ["wide", 900],
  ]) {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    await page.addInitScript(answerInPage, account());
    await page.goto(server.url);
    await page.locator(".headline-value").waitFor();
    await page.locator("#tab-history").click();
    await page.locator("[role=grid][aria-rowcount='10000']").waitFor();
    await page.locator(".record[aria-busy=false]").first().waitFor();
    const work = await workOf(page);
    for (const [how, step] of [
      ["reading", 12],
      ["a fling", 400],
    ]) {
      await work();
      const { frames, long } = await page.evaluate(scroll, { seconds: 4, step });
      report(`panel: 10 000 records, ${name}, ${how}: processor a frame`, (await work()) / frames.length, "ms");
      const sorted = frames.toSorted((a, b) => a - b);
      const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
      report(
        `panel: 10 000 records, ${name}, ${how}: frames`,
        (1_000 * frames.length) / frames.reduce((all, frame) => all + frame, 0),
        "/s",
      );
      report(`panel: 10 000 records, ${name}, ${how}: frame`, at(0.5), "ms", [at(0), at(0.99)]);
      report(`panel: 10 000 records, ${name}, ${how}: tasks over 50 ms`, long.length, "");
    }
    await page.close();
  }
}

/** Runs in the page: the core alone, with 20 grants and 30 days known. */
async function timePanel({ base, bearer }) {
  const { load, CreditClient } = await import("/web.js");
  await load("/dist/costrict_credit_bg.wasm");
  const client = new CreditClient(
    { token: async () => bearer, read: async () => undefined, write: async () => {} },
    { baseUrl: base },
  );
  await client.open();
  await client.refresh("open");
  await client.usage({ range: "30days" });
  await client.records({ page: 1, pageSize: 50 });
  const options = { locale: "en", timeZone: "Europe/Berlin", model: "GLM-4.6" };
  const view = client.panel(options);
  const ladder = view.sections.find((section) => section.kind === "ladder");
  const usage = view.sections.find((section) => section.kind === "usage");
  if (ladder.rungs.length !== 20 || usage.chart.points.length !== 30) throw new Error("not the account that was meant");
  globalThis.callPanel = (times) => {
    for (let call = 0; call < times; call += 1) client.panel(options);
  };
  globalThis.callPanel(300);
  // A page's clock has steps of 0.1 ms.
  const CONCURRENT = 20;
  return Array.from({ length: 50 }, () => {
    const started = performance.now();
    globalThis.callPanel(CONCURRENT);
    return (performance.now() - started) / CONCURRENT;
  });
}

async function panelInWasm() {
  const core = await serve({
    files: { "/": { type: "text/html", body: "<!doctype html><title>bench</title>" }, ...coreFiles() },
  });
  const page = await browser.newPage();
  await page.addInitScript(answerInPage, account());
  await page.goto(`${core.base}/`);
  const name = "panel() in Chromium, 20 grants, 30 days, 50 records";
  reportTimes(name, await page.evaluate(timePanel, { base: BASE, bearer: token() }));
  const work = await workOf(page);
  await work();
  await page.evaluate(() => globalThis.callPanel(1_000));
  report(`${name}: processor`, (await work()) / 1_000, "ms");
  await page.close();
  await core.close();
}

try {
  await firstPaint();
  await webviewPaint();
  await panelInWasm();
  await scrolling();
} finally {
  await browser.close();
  await server.close();
}
