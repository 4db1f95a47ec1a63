// Appearance: no text is cut, nothing jumps, and shapes can be distinguished in every theme and in print.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openGallery } from "./support/gallery.mjs";
import { media, THEMES } from "./support/themes.mjs";

/** The smallest size of a target, in pixels; and the contrast of a shape to what is around it. */
const TARGET = 24;
const CONTRAST = 3;

let gallery;

before(async () => {
  gallery = await openGallery();
});

after(() => gallery?.close());

async function shown(state, tab = "balance", { theme = "light", width = 320, ...options } = {}) {
  const page = await gallery.browser.newPage({ viewport: { width, height: 700 }, ...media(theme), ...options });
  await page.goto(`${gallery.url}#${new URLSearchParams({ state, tab })}`);
  await page.locator(`#group-${tab} .section`).last().waitFor();
  return page;
}

const top = (page, selector) => page.locator(selector).evaluate((element) => element.getBoundingClientRect().top);

test("in the narrowest side bar every tab is in sight, and the number is whole or not there", async () => {
  for (const state of ["ready", "hostile"]) {
    const page = await shown(state, "models", { width: 240 });
    const outside = await page
      .getByRole("tab")
      .evaluateAll(
        (tabs) =>
          tabs.filter((tab) => tab.getBoundingClientRect().right > innerWidth || tab.getBoundingClientRect().left < 0)
            .length,
      );
    assert.equal(outside, 0);
    const [box, number] = await Promise.all(
      [".compact", ".compact strong"].map((part) => page.locator(part).boundingBox()),
    );
    const fits = number.x + number.width <= box.x + box.width + 0.5;
    assert.equal(number.y < box.y + box.height - 1, fits, `${state}: a cut number is in sight`);
    assert.equal(fits, state === "ready");
    await page.close();
  }
});

test("in the narrowest side bar a record shows its whole day and expiry", async () => {
  const page = await shown("ready", "history", { width: 240 });
  const cut = await page
    .locator(":is(.record-at, .record-expires):visible")
    .evaluateAll((cells) =>
      cells
        .filter((cell) => cell.scrollWidth > cell.clientWidth || cell.scrollHeight > cell.clientHeight + 1)
        .map((cell) => cell.textContent),
    );
  assert.deepEqual(cut, []);
  await page.close();
});

test("a narrow table keeps its words whole", async () => {
  const page = await shown("ready", "balance", { width: 300 });
  await page.locator(".section-ladder summary").click();
  const broken = await page.locator(".section-ladder tbody :is(th, td)").evaluateAll((cells) => {
    const lines = (node, from, to) => {
      const range = document.createRange();
      range.setStart(node, from);
      range.setEnd(node, to);
      return new Set([...range.getClientRects()].map((line) => line.top)).size;
    };
    return cells.flatMap((cell) => {
      const text = [...cell.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");
      const words = text === undefined ? [] : [...text.data.matchAll(/\S+/g)];
      return words.filter((word) => lines(text, word.index, word.index + word[0].length) > 1).map((word) => word[0]);
    });
  });
  assert.deepEqual(broken, []);
  await page.close();
});

test("text of ten thousand characters makes no card higher than the window", async () => {
  const page = await shown("hostile");
  for (const tab of ["Balance", "Models"]) {
    await page.getByRole("tab", { name: tab }).click();
    const heights = await page
      .locator(":is(.rung, .model):visible")
      .evaluateAll((cards) => cards.map((card) => card.offsetHeight));
    assert.ok(heights.length > 2 && Math.max(...heights) < 300, heights.join(" "));
  }
  await page.close();
});

test("nothing in the heading moves when the balance comes, ages or another tab is chosen", async () => {
  const tops = new Set();
  for (const state of ["loading", "first-failed", "ready", "stale"]) {
    const page = await shown(state);
    tops.add(await top(page, ".tabs"));
    await page.close();
  }
  const page = await shown("ready");
  const places = () =>
    page.getByRole("tab").evaluateAll((tabs) => tabs.map((tab) => Math.round(tab.getBoundingClientRect().left)));
  const first = await places();
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByRole("tab", { name: "History", selected: true }).waitFor();
  tops.add(await top(page, ".tabs"));
  assert.deepEqual(await places(), first);
  assert.equal(tops.size, 1, [...tops].join(" "));
  await page.close();
});

test("the grants stay where they are when the forecast comes", async () => {
  const page = await shown("ready");
  await page.evaluate(() => {
    const panel = shadow().querySelector("costrict-credit-view");
    // As long as the sentences of the core are.
    const lines = [
      { text: "At 97.6 a day: enough for about 11 days.", tone: "neutral" },
      { text: "Credits that expire first shorten this to about 6 days, until Sunday, December 6.", tone: "warning" },
      { text: "About 1,070 will expire unused, the first on Sun, Dec 6.", tone: "neutral" },
    ];
    const sections = panel.view.sections.map((section) =>
      section.kind === "forecast" ? { ...section, lines } : section,
    );
    globalThis.whole = { ...panel.view, sections };
    const awaited = panel.view.sections.filter(({ kind }) => kind !== "forecast");
    panel.view = {
      ...panel.view,
      sections: awaited.map((section) => (section.kind === "usage" ? { ...section, state: "loading" } : section)),
    };
  });
  await page.locator(".skeleton-forecast").waitFor();
  const awaited = await top(page, ".section-ladder");
  await page.evaluate(() => (shadow().querySelector("costrict-credit-view").view = globalThis.whole));
  await page.locator(".section-forecast").waitFor();
  const moved = Math.abs((await top(page, ".section-ladder")) - awaited);
  assert.ok(moved < 48, `${moved} pixels`);
  assert.equal(await page.locator(".skeleton-forecast").count(), 0);
  await page.close();
});

test("every target is at least 24 pixels high and wide, at the editor's font size too", async () => {
  const page = await shown("ready");
  await page.evaluate(() => document.body.style.setProperty("--vscode-font-size", "13px"));
  for (const tab of await page.getByRole("tab").all()) {
    await tab.click();
    // The bars of a chart stand as they stand; its table has the same days.
    const small = await page.locator(":is(a, button, summary, input, select, textarea):visible").evaluateAll(
      (targets, least) =>
        targets
          .filter((target) => {
            const { width, height } = target.getBoundingClientRect();
            return Math.min(width, height) < least;
          })
          .map((target) => target.outerHTML.slice(0, 80)),
      TARGET,
    );
    assert.deepEqual(small, []);
  }
  await page.close();
});

/** The contrast between two colours that the page computes. */
const contrast = (page, one, other) =>
  page.evaluate(
    ([a, b]) => {
      const probe = shadow().appendChild(document.createElement("i"));
      const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      const light = (colour) => {
        probe.style.color = colour;
        pen.fillStyle = getComputedStyle(probe).color;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, blue] = [...pen.getImageData(0, 0, 1, 1).data].map((part) => {
          const share = part / 255;
          return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
      };
      const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
      probe.remove();
      return (high + 0.05) / (low + 0.05);
    },
    [one, other],
  );

/** What draws the shape: its edge where it has one, else what fills it. */
const shape = (page, selector, edge) =>
  page
    .locator(selector)
    .first()
    .evaluate((element, property) => getComputedStyle(element)[property], edge);

test("bars, meters, edges and the ring of the focus stand out in every theme", async () => {
  for (const theme of THEMES) {
    const page = await shown("ready", "history", { theme });
    const rung = await page.evaluate(() => getComputedStyle(shadow().host).getPropertyValue("--page"));
    const colours = {
      day: await shape(page, ".bar:not(.weekend) .fill", "fill"),
      weekend: await shape(page, ".bar.weekend .fill", "fill"),
      field: await shape(page, ".records-tools select", "borderTopColor"),
      focus: "var(--focus)",
      meter: "var(--bars)",
    };
    for (const [name, colour] of Object.entries(colours)) {
      assert.notEqual(colour, "none", `${name} in ${theme}`);
      assert.ok((await contrast(page, colour, rung)) >= CONTRAST, `${name} in ${theme}`);
    }
    await page.getByRole("tab", { name: "Balance" }).click();
    const edge = /(?:rgb|color)[^)]*\)/.exec(await shape(page, ".rung:not(.next) .rung-fill", "boxShadow"))?.[0];
    assert.ok(edge !== undefined && (await contrast(page, edge, rung)) >= CONTRAST, `a later grant in ${theme}`);
    await page.close();
  }
});

test("with the system's own colours every bar stands out on the system's canvas, and the other shapes have its colours", async () => {
  const page = await shown("ready", "history", { forcedColors: "active" });
  const fills = await page.locator(".bar .fill").evaluateAll((bars) => bars.map((bar) => getComputedStyle(bar).fill));
  for (const colour of new Set(fills)) assert.ok((await contrast(page, colour, "Canvas")) >= CONTRAST, colour);
  const system = await page.evaluate(() => {
    const probe = shadow().appendChild(document.createElement("i"));
    return ["CanvasText", "Canvas"].map((name) => {
      probe.style.color = name;
      return getComputedStyle(probe).color;
    });
  });
  await page.locator(".record").nth(1).click();
  assert.equal(
    await page.locator(".record[data-current]").evaluate((row) => getComputedStyle(row).outlineStyle),
    "solid",
  );
  await page.getByRole("tab", { name: "Balance" }).click();
  const grants = await page
    .locator(".rung-fill")
    .evaluateAll((bars) => bars.map((bar) => getComputedStyle(bar).backgroundColor));
  assert.deepEqual([...new Set(grants)], [system[0]]);
  await page.close();
});

test("a hidden amount has one look on every day of the week", async () => {
  const page = await shown("masked", "history");
  const strokes = await page
    .locator(".bar:not(.today) .fill")
    .evaluateAll((bars) => bars.map((bar) => getComputedStyle(bar).stroke));
  assert.ok(strokes.length > 2);
  assert.equal(new Set(strokes).size, 1);
  await page.close();
});

test("on paper there is the balance on white, and nothing to press", async () => {
  const page = await shown("ready", "balance", { theme: "dark" });
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(":is(button, select, input, a):visible").count(), 0);
  assert.ok(await page.locator(".headline-value").isVisible());
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  await page.close();
});

test("what is copied from the page is what is seen of it", async () => {
  const page = await shown("ready", "balance", { permissions: ["clipboard-read", "clipboard-write"] });
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /58.5 of 100 used/);
  assert.doesNotMatch(text, /7.5 credits expire in 2 days, on Friday/);
  await page.close();
});
