// The element in a page of someone else, under that page's strict policy: what an embedder sets, hears and may rely on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openBrowser } from "./support/browser.mjs";
import { serveEmbedder, token } from "./support/embedder.mjs";
import { axe, watch } from "./support/watch.mjs";

let server;
let browser;
before(async () => {
  server = await serveEmbedder({ ann: 41.5, bob: 7.25 });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function opened(options) {
  const page = await browser.newPage({ viewport: { width: 900, height: 800 }, ...options });
  const found = await watch(page);
  await page.goto(server.url);
  await page.waitForFunction(() => globalThis.isLoaded);
  return { page, found };
}

/** Adds a panel with attributes, and with a client of an account; undefined is signed out. */
async function addPanel(page, id, account, attributes = {}) {
  const bearer = account === undefined ? undefined : token(account);
  await page.evaluate(
    ([name, signedIn, given]) => {
      const panel = document.createElement("costrict-credit-panel");
      for (const [key, value] of Object.entries({ id: name, ...given })) panel.setAttribute(key, value);
      panel.client = clientOf(() => signedIn ?? undefined);
      document.querySelector("#panels").append(panel);
    },
    [id, bearer ?? null, attributes],
  );
  const panel = page.locator(`#${id}`);
  await panel.locator(`.panel[data-state=${account === undefined ? "signed_out" : "ready"}]`).waitFor();
  return panel;
}

const kinds = (panel) =>
  panel
    .locator(".group:not([hidden]) > .section[class*=section-]")
    .evaluateAll((all) => all.map((section) => /section-(\w+)/.exec(section.className)[1]));

/** Notes the details of an event; what `prevent` says is done about it. */
const listen = (page, type, prevent) =>
  page.evaluate(
    ([name, stop]) => {
      globalThis.heard ??= [];
      document.addEventListener(name, (event) => {
        globalThis.heard.push({ event: event.type, ...JSON.parse(JSON.stringify(event.detail)) });
        if (stop) event.preventDefault();
      });
    },
    [type, prevent],
  );
const heard = (page) => page.evaluate(() => globalThis.heard);

test("two panels on one page show two accounts", async () => {
  const { page, found } = await opened();
  const ann = await addPanel(page, "ann", "ann");
  const bob = await addPanel(page, "bob", "bob");
  await ann.locator(".headline-value", { hasText: /^41\.5$/ }).waitFor();
  await bob.locator(".headline-value", { hasText: /^7\.25$/ }).waitFor();
  await ann.getByRole("tab", { name: "History" }).click();
  await ann.locator(".record").first().waitFor();
  assert.equal(await bob.getByRole("tab", { name: "Balance" }).getAttribute("aria-selected"), "true");
  assert.deepEqual(await axe(page, ["duplicate-id-aria", "aria-valid-attr-value", "landmark-unique"]), []);
  assert.deepEqual(found, []);
  await page.close();
});

test("nothing outside the element changes, and nothing outside changes what is in it", async () => {
  const { page, found } = await opened();
  await page.evaluate(() => {
    globalThis.mutations = [];
    new MutationObserver((all) => globalThis.mutations.push(...all.map(({ target }) => target.nodeName))).observe(
      document,
      {
        subtree: true,
        childList: true,
        attributes: true,
        characterData: true,
      },
    );
  });
  const outside = () =>
    page.evaluate(() => {
      const heading = getComputedStyle(document.querySelector("#title"));
      return {
        html: document.documentElement.cloneNode(false).outerHTML,
        head: document.head.outerHTML,
        title: document.title,
        sheets: [document.styleSheets.length, document.adoptedStyleSheets.length],
        ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
        look: [heading.color, heading.fontSize, heading.fontFamily],
        globals: Object.keys(globalThis).filter((name) => !/^(mutations|lit|reactive)/.test(name)),
      };
    });
  const before = await outside();
  const panel = await addPanel(page, "ann", "ann", { locale: "zh-CN" });
  for (const tab of await panel.getByRole("tab").all()) await tab.click();
  await panel.locator("costrict-credit-account").waitFor();
  assert.deepEqual(await outside(), { ...before, ids: [...before.ids, "ann"] });
  assert.deepEqual(await page.evaluate(() => globalThis.mutations), ["MAIN"]);
  assert.equal(await panel.locator(".root").getAttribute("lang"), "zh-CN");
  assert.equal(await panel.locator(".root").getAttribute("dir"), "ltr");
  const heading = await panel.locator("h1").evaluate((element) => {
    const { fontSize, color, letterSpacing, textTransform, boxSizing, backgroundColor } = getComputedStyle(element);
    return { fontSize, color, letterSpacing, textTransform, boxSizing, backgroundColor };
  });
  assert.deepEqual(heading, {
    fontSize: "14.875px",
    color: "rgb(31, 36, 48)",
    letterSpacing: "normal",
    textTransform: "none",
    boxSizing: "border-box",
    backgroundColor: "rgba(0, 0, 0, 0)",
  });
  assert.deepEqual(found, []);
  await page.close();
});

test("its colours are the embedder's, else the editor's, else ours in the page's colour scheme", async () => {
  const { page } = await opened({ colorScheme: "dark" });
  const panel = await addPanel(page, "ann", "ann");
  const background = () => panel.evaluate((element) => getComputedStyle(element).backgroundColor);
  const style = (name, value) =>
    panel.evaluate((element, [of, to]) => element.style.setProperty(of, to), [name, value]);
  // A page that does not say that it has a dark look has a light one.
  assert.equal(await background(), "rgb(255, 255, 255)");
  await style("color-scheme", "dark");
  assert.equal(await background(), "rgb(26, 29, 33)");
  await style("--vscode-sideBar-background", "rgb(1, 1, 1)");
  assert.equal(await background(), "rgb(1, 1, 1)");
  await style("--costrict-credit-background", "rgb(2, 2, 2)");
  assert.equal(await background(), "rgb(2, 2, 2)");
  await style("--costrict-credit-font-size", "20px");
  await style("--costrict-credit-bars", "rgb(3, 3, 3)");
  const look = (selector, property) =>
    panel.locator(selector).evaluate((at, name) => getComputedStyle(at)[name], property);
  assert.equal(await look(".used", "fontSize"), "20px");
  assert.equal(await look(".meter-fill", "backgroundColor"), "rgb(3, 3, 3)");
  await page.close();
});

test("an embedder chooses sections, alone or by group, and may change its mind", async () => {
  const { page } = await opened();
  const panel = await addPanel(page, "ann", "ann", { sections: "balance ladder" });
  await panel.locator(".section-ladder").waitFor();
  assert.deepEqual(await kinds(panel), ["balance", "ladder"]);
  assert.equal(await panel.getByRole("tab").count(), 0);
  assert.equal(await panel.locator(".skeleton-forecast").count(), 0);
  await panel.evaluate((element) => (element.sections = "history"));
  await panel.locator(".section-usage").waitFor();
  assert.deepEqual(await kinds(panel), ["usage", "tasks", "records", "voucher"]);
  await panel.locator(".compact strong", { hasText: "41.5" }).waitFor();
  await panel.evaluate((element) => (element.sections = null));
  await panel.locator(".section-ladder").waitFor();
  assert.equal(await panel.getByRole("tab").count(), 4);
  const signedOut = await addPanel(page, "guest", undefined, { sections: "ladder" });
  assert.deepEqual(await kinds(signedOut), ["welcome"]);
  await page.close();
});

test("a compact panel takes less room, and what is pressed stays large enough", async () => {
  const { page } = await opened();
  const panel = await addPanel(page, "ann", "ann", { sections: "balance ladder" });
  await panel.locator(".section-ladder").waitFor();
  const height = () => panel.evaluate((element) => element.getBoundingClientRect().height);
  const roomy = await height();
  await panel.evaluate((element) => (element.density = "compact"));
  await page.waitForFunction(() => document.querySelector("#ann").getAttribute("density") === "compact");
  assert.ok((await height()) < 0.85 * roomy, `${await height()} of ${roomy} pixels`);
  const small = await panel
    .locator(":is(a, button, summary):visible")
    .evaluateAll((all) => all.filter((each) => each.getBoundingClientRect().height < 24).map((each) => each.outerHTML));
  assert.deepEqual(small, []);
  assert.deepEqual(await axe(page, ["color-contrast"]), []);
  await page.close();
});

test("title, link, export and sign-in are events, and the embedder may do each of them itself", async () => {
  const { page, found } = await opened();
  for (const type of ["title", "link", "export", "sign-in"]) await listen(page, `costrict-credit-${type}`, true);
  const popups = [];
  page.on("popup", (popup) => popups.push(popup));
  const downloads = [];
  page.on("download", (download) => downloads.push(download));
  const panel = await addPanel(page, "ann", "ann");
  assert.deepEqual((await heard(page))[0], {
    event: "costrict-credit-title",
    title: "Credits",
    locale: "en",
    direction: "ltr",
  });
  await panel.locator(".toolbar [data-action=open]").click();
  await page.waitForFunction(() => globalThis.heard.some(({ href }) => href !== undefined));
  assert.match((await heard(page)).at(-1).href, new RegExp(`^${server.url}`));
  await panel.getByRole("tab", { name: "History" }).click();
  await panel.locator("costrict-credit-usage [data-action=export]").first().click();
  await page.waitForFunction(() => globalThis.heard.some(({ text }) => text !== undefined));
  const { event, name, type, text } = (await heard(page)).at(-1);
  assert.deepEqual([event, name], ["costrict-credit-export", "credits-usage.csv"]);
  assert.equal(type, "text/csv;charset=utf-8");
  assert.match(text, /GLM-4\.6/);
  assert.deepEqual([popups, downloads, found], [[], [], []]);
  await page.close();
});

test("what the embedder leaves alone, the browser does: a link in a new tab, a file as a download", async () => {
  const { page } = await opened();
  const panel = await addPanel(page, "ann", "ann");
  const [popup] = await Promise.all([page.waitForEvent("popup"), panel.locator(".toolbar [data-action=open]").click()]);
  assert.equal(await popup.evaluate(() => opener), null);
  await panel.getByRole("tab", { name: "History" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    panel.locator("costrict-credit-usage [data-action=export]").first().click(),
  ]);
  assert.match(download.suggestedFilename(), /\.csv$/);
  await page.close();
});

test("a sign-in of the embedder's is waited for; without one the panel says that it cannot", async () => {
  const { page } = await opened();
  const panel = await addPanel(page, "guest", undefined);
  await panel.locator(".section-welcome [data-action=sign_in]").click();
  await panel.locator(".failure .line").waitFor();
  await page.evaluate((bearer) => {
    let signedIn;
    const panel = document.querySelector("#guest");
    panel.client = clientOf(() => signedIn);
    panel.addEventListener("costrict-credit-sign-in", (event) => {
      event.preventDefault();
      event.detail.waitUntil(Promise.resolve().then(() => (signedIn = bearer)));
    });
  }, token("bob"));
  await panel.locator(".failure:empty, .failure:not(:has(.line))").waitFor({ state: "attached" });
  await panel.locator(".section-welcome [data-action=sign_in]").click();
  await panel.locator(".headline-value", { hasText: "7.25" }).waitFor();
  await page.close();
});

test("a function that sends prompts adds the Send button, and without it there is none", async () => {
  const { page } = await opened();
  const panel = await addPanel(page, "ann", "ann", { sections: "send" });
  await panel.locator("textarea").fill("Explain burn-down.");
  await panel.locator(".estimate-cost").waitFor();
  assert.equal(await panel.locator("[data-action=send]").count(), 0);
  await panel.evaluate((element) => {
    element.onSend = async (prompt, { accepted }) => {
      globalThis.sent = prompt;
      accepted();
      return true;
    };
  });
  await panel.locator("[data-action=send]").click();
  await page.waitForFunction(() => shadow().querySelector("textarea").value === "");
  assert.deepEqual(await page.evaluate(() => globalThis.sent), { text: "Explain burn-down.", model: "GLM-4.6" });
  await panel.evaluate((element) => (element.onSend = undefined));
  await panel.locator("[data-action=send]").waitFor({ state: "detached" });
  await page.close();
});

/** Counts what is left running in a page: listeners of window and document, and timers. */
function countWhatRuns() {
  const running = new Map();
  const key = (target, type, listener) => [target === document ? "document" : "window", type, listener];
  const find = (wanted) => [...running.keys()].find((known) => wanted.every((each, at) => each === known[at]));
  for (const target of [window, document]) {
    const { addEventListener, removeEventListener } = target;
    target.addEventListener = function (type, listener, options) {
      const entry = key(target, type, listener);
      running.set(entry, true);
      options?.signal?.addEventListener("abort", () => running.delete(entry));
      return addEventListener.call(this, type, listener, options);
    };
    target.removeEventListener = function (type, listener, options) {
      running.delete(find(key(target, type, listener)));
      return removeEventListener.call(this, type, listener, options);
    };
  }
  for (const [start, stop] of [
    ["setInterval", "clearInterval"],
    ["setTimeout", "clearTimeout"],
  ]) {
    const [begin, end] = [globalThis[start], globalThis[stop]];
    globalThis[start] = (work, ...rest) => {
      const run = (...args) => {
        if (start === "setTimeout") running.delete(id);
        work(...args);
      };
      const id = begin(run, ...rest);
      running.set(id, start);
      return id;
    };
    globalThis[stop] = (id) => {
      running.delete(id);
      end(id);
    };
  }
  globalThis.running = () =>
    [...running].map(([entry, kind]) => (kind === true ? entry.slice(0, 2).join(" ") : kind)).sort();
}

test("a panel that is taken out leaves no listener and no timer, one that is moved goes on, and one that comes back too", async () => {
  const { page, found } = await opened();
  await page.addInitScript(countWhatRuns);
  await page.reload();
  await page.waitForFunction(() => globalThis.isLoaded);
  const running = () => page.evaluate(() => globalThis.running());
  const before = await running();
  const panel = await addPanel(page, "ann", "ann");
  await panel.getByRole("tab", { name: "History" }).click();
  await panel.locator(".record").first().waitFor();
  assert.notDeepEqual(await running(), before);

  await page.evaluate(() => {
    globalThis.drawn = shadow().querySelector(".panel");
    document.body.append(document.querySelector("#ann"));
  });
  await panel.locator(".record").first().waitFor();
  assert.ok(await page.evaluate(() => globalThis.drawn === shadow().querySelector(".panel")));

  await page.evaluate(() => {
    globalThis.removed = document.querySelector("#ann");
    globalThis.removed.remove();
  });
  await page.waitForFunction((left) => globalThis.running().length <= left, before.length);
  assert.deepEqual(await running(), before);

  await page.evaluate(() => document.body.append(globalThis.removed));
  await panel.getByRole("tab", { name: "History", selected: true }).waitFor();
  await panel.getByRole("tab", { name: "Balance" }).click();
  await panel.locator(".headline-value", { hasText: "41.5" }).waitFor();
  assert.deepEqual(found, []);
  await page.close();
});

test("what an embedder does wrong is shown and is an event with a code, unless the embedder takes it", async () => {
  const { page } = await opened();
  await page.clock.install();
  await listen(page, "costrict-credit-error", false);
  const codes = async () => (await heard(page)).map(({ code }) => code);
  const misuse = page.locator("#wrong .misuse[role=alert]");
  await page.evaluate(() => {
    const panel = document.createElement("costrict-credit-panel");
    panel.id = "wrong";
    document.querySelector("#panels").append(panel);
  });
  await page.clock.runFor(9_000);
  assert.equal(await misuse.count(), 0);
  await page.clock.runFor(2_000);
  await misuse.filter({ hasText: "client" }).waitFor();
  await page.evaluate(() => (document.querySelector("#wrong").client = Promise.resolve()));
  await misuse.filter({ hasText: "CreditClient" }).waitFor();
  await page.evaluate(() => (document.querySelector("#wrong").client = () => Promise.reject(new Error("no wasm"))));
  await misuse.filter({ hasText: "could not get" }).waitFor();
  await page.evaluate((bearer) => (document.querySelector("#wrong").client = clientOf(() => bearer)), token("ann"));
  await misuse.waitFor({ state: "detached" });
  await page.evaluate(() => document.querySelector("#wrong").setAttribute("sections", "balance ballance"));
  await misuse.filter({ hasText: "ballance" }).waitFor();
  await page.locator("#wrong .section-balance").waitFor();
  await page.evaluate(() => document.querySelector("#wrong").setAttribute("sections", "balance"));
  await misuse.waitFor({ state: "detached" });
  await page.evaluate(() => {
    const panel = document.querySelector("#wrong");
    const version = { type: "incompatible", version: 2 };
    panel.addEventListener("costrict-credit-error", (event) => event.preventDefault());
    panel.port = { listen: (listener) => (queueMicrotask(() => listener(version)), () => {}), send: () => {} };
  });
  await page.waitForFunction(() => globalThis.heard.at(-1).code === "incompatible");
  assert.equal(await misuse.count(), 0);
  assert.deepEqual(await codes(), ["no_client", "invalid_client", "no_client", "unknown_section", "incompatible"]);
  await page.close();
});

test("a port that fails is shown and is an event, and a port without a way to stop may be replaced", async () => {
  const { page, found } = await opened();
  const panel = page.locator("#broken");
  await page.evaluate(() => {
    const element = document.createElement("costrict-credit-panel");
    element.id = "broken";
    const fails = () => {
      throw new Error("a closed channel");
    };
    element.host = { log() {} };
    element.port = { send: fails, listen: () => {}, choices: fails };
    document.querySelector("#panels").append(element);
  });
  const misuse = panel.locator(".misuse", { hasText: "its port fails" });
  await misuse.waitFor();
  await page.evaluate((bearer) => {
    const element = document.querySelector("#broken");
    element.port = undefined;
    element.client = clientOf(() => bearer);
  }, token("ann"));
  await panel.locator(".headline-value", { hasText: "41.5" }).waitFor();
  assert.equal(await misuse.count(), 0);
  assert.deepEqual(found, []);
  await page.close();
});

test("choices in the tab's storage that no panel wrote are passed over, and a list of sections counts", async () => {
  for (const stored of ["null", '{"tab":5,"fields":"x"}']) {
    const { page, found } = await opened();
    await page.evaluate(
      ([text, bearer]) => {
        sessionStorage.setItem("costrict-credit.panel.choices.odd", text);
        const element = document.createElement("costrict-credit-panel");
        Object.assign(element, { id: "odd", sections: ["balance", "ladder"], client: clientOf(() => bearer) });
        document.querySelector("#panels").append(element);
      },
      [stored, token("ann")],
    );
    await page.locator("#odd .headline-value", { hasText: "41.5" }).waitFor();
    assert.deepEqual(found, []);
    await page.close();
  }
});

test("a panel in the document of a frame, made there or moved there, is shown in its styles", async () => {
  const { page, found } = await opened();
  await addPanel(page, "moved", "bob");
  await page.evaluate((bearer) => {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const made = document.createElement("costrict-credit-panel");
    Object.assign(made, { id: "made", client: clientOf(() => bearer) });
    frame.contentDocument.body.append(made, document.querySelector("#moved"));
  }, token("ann"));
  const frame = page.frameLocator("iframe");
  await frame.locator("#made .headline-value", { hasText: "41.5" }).waitFor();
  await frame.locator("#moved .headline-value", { hasText: "7.25" }).waitFor();
  for (const id of ["made", "moved"]) {
    const sheets = await frame.locator(`#${id}`).evaluate((element) => element.shadowRoot.adoptedStyleSheets.length);
    assert.equal(sheets, 1, id);
  }
  assert.deepEqual(found, []);
  await page.close();
});
