/** The panel as an element of a page, in a browser: signed in, used, signed out; then the page's whole memory is searched. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { openBrowser } from "../panel/support/browser.mjs";

const ROOT = new URL("../../", import.meta.url);
const TYPES = { js: "text/javascript", css: "text/css", wasm: "application/wasm", json: "application/json" };

/** The page keeps its token in one variable, and lets go of it to sign out. */
const SCRIPT = `
  import { CreditClient, load } from "costrict-credit";
  import { browserHost } from "costrict-credit/panel";
  let token;
  await load();
  const client = new CreditClient(browserHost({ token: () => token }), { baseUrl: location.origin });
  const panel = document.querySelector("costrict-credit-panel");
  panel.client = client;
  document.querySelector("#sign-in").addEventListener("click", async () => {
    token = await (await fetch("/token-of-the-page")).text();
    await client.refresh("signed_in");
  });
  document.querySelector("#sign-out").addEventListener("click", async () => {
    token = undefined;
    await client.refresh("manual");
  });`;
const HTML = `<!doctype html><meta charset="utf-8"><title>Shop</title>
  <button id="sign-in">in</button><button id="sign-out">out</button>
  <costrict-credit-panel></costrict-credit-panel><script type="module" src="/page.js"></script>`;

/** Holds on to the core's memory; nothing else of the page does. */
const WATCH_MEMORY = () => {
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const real = WebAssembly[name];
    WebAssembly[name] = async (...args) => {
      const made = await real(...args);
      const { exports } = made.instance ?? made;
      if (exports.memory !== undefined) globalThis.coreMemory = exports.memory;
      return made;
    };
  }
};

async function serveFiles(gateway) {
  const stdin = { contents: SCRIPT, resolveDir: fileURLToPath(ROOT) };
  const { outputFiles } = await build({ stdin, bundle: true, format: "esm", target: "es2022", write: false });
  gateway.files.set("/page", { type: "text/html", body: HTML });
  gateway.files.set("/page.js", { type: TYPES.js, body: Buffer.from(outputFiles[0].contents) });
  // Beside the bundle, where it expects the files of the package.
  for (const name of ["dist/costrict_credit_bg.wasm", "locales/de.json"])
    gateway.files.set(`/${name}`, {
      type: TYPES[name.split(".").at(-1)],
      body: await readFile(new URL(`pkg/${name}`, ROOT)),
    });
}

export async function usePage({ gateway, secrets, search, giver, receiver }) {
  await serveFiles(gateway);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 700, height: 900 } });
    await page.addInitScript(WATCH_MEMORY);
    page.on("console", (message) => search.at("page's console", message.text()));
    page.on("pageerror", (error) => search.at("page's console", `${error.stack}`));
    await page.goto(`${gateway.url}/page`);
    await signIn(page, gateway, giver, "41.5");
    await lookAround(page);
    await give({ page, secrets, search, receiver });
    await handOver({ page, secrets });
    await look({ page, search, step: "with a code that was just given", shown: ["the code"] });
    // The search has to be able to find it: while the page is signed in, its variable holds the token.
    if (!(await heapOf(page)).includes(giver.token))
      throw new Error("the heap of a page that is signed in has no token");
    await signOut(page);
    await look({ page, search, step: "signed out" });
    await underFailures({ page, gateway, giver });
    await look({ page, search, step: "after failures" });
    await signOut(page);
    await look({ page, search, step: "signed out again" });
    await page.evaluate(() => console.log("the end"));
    await searchMemory(page, search, giver);
    await page.close();
  } finally {
    gateway.files.clear();
    await browser.close();
  }
}

async function signIn(page, gateway, { token }, balance) {
  gateway.files.set("/token-of-the-page", { type: "text/plain", body: token });
  await page.locator("#sign-in").click();
  if (balance !== undefined) await page.locator(".headline-value", { hasText: balance }).waitFor();
}

async function signOut(page) {
  await page.locator("#sign-out").click();
  await page.locator(".panel[data-state=signed_out]").waitFor();
}

async function lookAround(page) {
  for (const tab of ["models", "history", "balance"]) await page.locator(`#tab-${tab}`).click();
}

async function give({ page, secrets, receiver }) {
  await page.locator("#tab-history").click();
  await page.locator("input[name=receiver]").fill(receiver.id);
  await page.locator("input[name=line]").first().fill("2");
  await page.locator("[data-action=voucher_give]").click();
  await page.locator("[data-action=voucher_confirm]").click();
  const code = await page.locator(".voucher-code code").textContent();
  secrets.addText("the code", code.trim());
}

/** The address of the account page is computed when its link is followed; the browser opens it in a tab of its own. */
async function handOver({ page, secrets }) {
  await page.context().route("**/credit/manager**", (route) => route.fulfill({ body: "" }));
  const link = page.locator("[data-action=open]:not([href]):visible").first();
  if ((await link.count()) === 0) return;
  const [opened] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
  await opened.waitForURL(/state=/);
  secrets.addText("the hand-over", new URL(opened.url()).searchParams.get("state"));
  await opened.close();
}

async function underFailures({ page, gateway, giver }) {
  const text = JSON.stringify({ code: giver.token, success: false, message: `no Bearer ${giver.token}` });
  for (const path of ["/quota", "/models", "/quota/audit", "/usage/statistics"])
    gateway.failNext(path, { status: 500, text }, { status: 403, text });
  await signIn(page, gateway, giver);
  await page.locator(".panel:not([data-state=signed_out])").waitFor();
  await page.locator(".banner").first().waitFor();
  gateway.failNone();
}

/** What is in the document and what the page stored. */
async function look({ page, search, step, shown }) {
  const { dom, stored } = await page.evaluate(readPage);
  search.at("page's DOM", dom, { step, shown });
  search.at("page's storage", stored, { step });
}

/** Runs in the page: markup with the shadow roots in it and the values of fields; and everything that a page can store. */
async function readPage() {
  const markup = (root) =>
    root.innerHTML +
    [...root.querySelectorAll("*")]
      .map((one) => `${one.value ?? ""} ${one.shadowRoot === null ? "" : markup(one.shadowRoot)}`)
      .join("\n");
  const cached = [];
  for (const name of await caches.keys())
    for (const { url } of await (await caches.open(name)).keys()) cached.push(url);
  return {
    dom: `${document.title} ${markup(document)}`,
    stored: JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      location.href,
      history.state,
      window.name,
      cached,
      await indexedDB.databases(),
    ]),
  };
}

/** How long requests that were under way at the signing out may take. */
const LAST_REPLIES_MS = 10_000;

/** V8's heap with everything that is reachable, and the bytes of the core's memory, also those that are free. */
async function searchMemory(page, search, { token }) {
  const end = Date.now() + LAST_REPLIES_MS;
  let memory = await coreMemory(page);
  while (memory.includes(token) && Date.now() < end) memory = await coreMemory(page);
  search.at("page's wasm", memory);
  search.at("page's heap", await heapOf(page));
}

async function coreMemory(page) {
  const bytes = await page.evaluate(() => {
    const memory = new Uint8Array(globalThis.coreMemory.buffer);
    let text = "";
    for (let at = 0; at < memory.length; at += 32_768) text += String.fromCharCode(...memory.subarray(at, at + 32_768));
    return btoa(text);
  });
  return Buffer.from(bytes, "base64").toString("latin1");
}

async function heapOf(page) {
  const session = await page.context().newCDPSession(page);
  const chunks = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => chunks.push(chunk));
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  await session.detach();
  return chunks.join("");
}
