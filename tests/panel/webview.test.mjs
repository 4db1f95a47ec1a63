// The panel in an editor's webview: the core is elsewhere, plain data goes both ways, and nothing else is fetched.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openBrowser } from "./support/browser.mjs";
import { watch } from "./support/watch.mjs";
import { serveWebview } from "./support/webview.mjs";

let server;
let browser;
before(async () => {
  server = await serveWebview();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const group = { id: "balance", label: "Balance" };
const view = (value) => ({
  locale: "en",
  direction: "ltr",
  summary: "",
  state: "ready",
  title: "Credits",
  announcement: `${value} left`,
  masked: false,
  toolbar: [{ id: "refresh", label: "Refresh" }],
  groups: [group, { id: "settings", label: "Settings" }],
  sections: [
    {
      kind: "balance",
      group: "balance",
      title: "Balance",
      headline: { value, caption: "credits left", tone: "neutral" },
      used: "some used",
      meter: { label: "Used", valueText: "some", share: 0.5, tone: "neutral" },
      changes: [],
      freshness: { text: "now", tone: "neutral" },
    },
    {
      kind: "settings",
      group: "settings",
      title: "Settings",
      mask: { id: "mask", label: "Hide amounts", value: "on", pressed: false },
      language: { id: "locale", label: "Language", options: [{ value: "en", label: "English", selected: true }] },
      timeZone: "",
      privacy: "",
    },
  ],
});

/** A page with what an editor gives to a webview. */
async function webview(state) {
  const page = await browser.newPage({ viewport: { width: 300, height: 700 } });
  const found = await watch(page);
  const requests = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await page.addInitScript((saved) => {
    globalThis.posted = [];
    globalThis.saved = saved;
    globalThis.acquireVsCodeApi = () => ({
      postMessage: (message) => globalThis.posted.push(structuredClone(message)),
      getState: () => globalThis.saved,
      setState: (next) => (globalThis.saved = structuredClone(next)),
    });
  }, state);
  await page.goto(server.url);
  await page.waitForFunction(() => globalThis.posted.length > 0);
  const post = (message) => page.evaluate((sent) => window.postMessage(sent, "*"), message);
  return { page, found, requests, post, posted: () => page.evaluate(() => globalThis.posted) };
}

test("the page reports that it is ready, shows views, and reports actions", async () => {
  const { page, found, requests, post, posted } = await webview(undefined);
  assert.equal((await posted())[0].type, "ready");
  await post({ type: "view", view: view("41.5") });
  await page.locator(".headline-value", { hasText: "41.5" }).waitFor();
  await page.locator("[data-action=refresh]").click();
  assert.deepEqual((await posted()).at(-1), { type: "act", id: "refresh" });
  await post({ type: "view", view: view("41") });
  await page.locator(".headline-value", { hasText: /^41$/ }).waitFor();
  assert.equal(await page.locator("[role=status][aria-live]").textContent(), "41 left");
  assert.deepEqual(requests.sort(), ["/", "/index.js", "/style.css"]);
  assert.deepEqual(found, []);
  await page.close();
});

test("the tab is kept in the editor's state and taken from it", async () => {
  const { page, post } = await webview({ tab: "settings" });
  await post({ type: "view", view: view("41.5") });
  await page.locator("#tab-settings[aria-selected=true]").waitFor();
  await page.locator("#tab-balance").click();
  assert.equal(await page.evaluate(() => globalThis.saved.tab), "balance");
  await page.close();
});

test("the page reports zone and language of its reader, and again after a change", async () => {
  const { page, post, posted } = await webview(undefined);
  const [{ reader }] = await posted();
  assert.equal(reader.timeZone, await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone));
  assert.equal(reader.locale, await page.evaluate(() => navigator.language));
  await post({ type: "view", view: view("41.5") });
  await page.evaluate(() => {
    const real = Intl.DateTimeFormat.prototype.resolvedOptions;
    Intl.DateTimeFormat.prototype.resolvedOptions = function () {
      return { ...real.call(this), timeZone: "Pacific/Chatham" };
    };
  });
  await page.locator("[data-action=refresh]").click();
  assert.deepEqual((await posted()).slice(-2), [
    { type: "reader", reader: { ...reader, timeZone: "Pacific/Chatham" } },
    { type: "act", id: "refresh" },
  ]);
  await page.locator("[data-action=refresh]").click();
  assert.deepEqual((await posted()).at(-2), { type: "act", id: "refresh" });
  await page.close();
});

test("a prompt is kept in the editor's state until it was sent, beside the other choices", async () => {
  const send = {
    kind: "send",
    group: "settings",
    title: "Send",
    prompt: { label: "Prompt", placeholder: "", maxLength: 1_000_000, tooLong: "" },
    model: { id: "choose_model", label: "Model", options: [{ value: "Auto", label: "Auto", selected: true }] },
    submit: { id: "send", label: "Send" },
    copy: { id: "copy", label: "Copy" },
  };
  const withSend = { ...view("41.5"), sections: [...view("41.5").sections, send] };
  const { page, post, posted } = await webview({ tab: "settings" });
  await post({ type: "view", view: withSend });
  await page.locator("textarea").fill("Explain burn-down.");
  await page.waitForFunction(() => globalThis.saved.draft !== undefined);
  const saved = await page.evaluate(() => globalThis.saved);
  assert.deepEqual(saved, { tab: "settings", draft: { text: "Explain burn-down.", model: "Auto" } });

  const { page: next, post: postNext, posted: postedNext } = await webview(saved);
  assert.deepEqual((await postedNext())[0].choices, saved);
  await postNext({ type: "view", view: withSend });
  await next.waitForFunction(() => shadow().querySelector("textarea")?.value === "Explain burn-down.");
  await next.locator("#tab-balance").click();
  assert.deepEqual(await next.evaluate(() => globalThis.saved), { ...saved, tab: "balance" });
  await postNext({ type: "sent" });
  await next.waitForFunction(() => globalThis.saved.draft === undefined);
  assert.equal(await next.evaluate(() => globalThis.saved.tab), "balance");
  assert.ok((await posted()).length > 0);
  await next.close();
  await page.close();
});

test("messages of others change nothing", async () => {
  const { page, found, post } = await webview(undefined);
  for (const message of [null, 17, "view", {}, { type: "other" }, { type: "view-loaded", view: view("1") }])
    await post(message);
  await post({ type: "view", view: view("41.5") });
  await page.locator(".headline-value", { hasText: "41.5" }).waitFor();
  assert.deepEqual(found, []);
  await page.close();
});
