// What the page weighs, and what its sources must not have.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const LIMIT = 60_000;
const WWW = new URL("../../www/", import.meta.url);

async function files(folder, ending) {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => ending.test(name)).map((name) => new URL(name, folder));
}

test("script and style are at most 60 KB together, compressed", async () => {
  const shipped = await files(new URL("dist/", WWW), /\.(js|css)$/);
  const sizes = await Promise.all(shipped.map(async (file) => gzipSync(await readFile(file), { level: 9 }).length));
  const sum = sizes.reduce((all, size) => all + size, 0);
  assert.ok(shipped.length >= 2, "the page is not built");
  assert.ok(sum <= LIMIT, `${sum} bytes, at most ${LIMIT}`);
});

test("the page ships no demo, no inline script and no inline style", async () => {
  const html = await readFile(new URL("dist/index.html", WWW), "utf8");
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i);
  const scripts = await Promise.all(
    (await files(new URL("dist/", WWW), /\.js$/)).map((file) => readFile(file, "utf8")),
  );
  assert.ok(scripts.every((script) => !script.includes("galleryStates")));
});

// What a page that renders and decides nothing has no use for. Text in the browser's and editor's parts is no exception.
const ABSENT = {
  "markup from text": /\b(innerHTML|outerHTML|insertAdjacentHTML|unsafeHTML|unsafeSVG|document\.write)\b/,
  "code from text": /\beval\(|new Function\(/,
  // `Intl` only names and checks the reader's time zone, for the core, which cannot ask the page.
  "a date": /\bnew Date\b|\bIntl\.(?!DateTimeFormat\()|\.format(Range)?(ToParts)?\(|toLocale(Date|Time)?String/,
  "a rounding of amounts": /\btoFixed\(|\btoPrecision\(/,
};

/** What the page and the element are made of; the demo is never shipped. */
const SOURCES = [
  ...(await files(new URL("src/", WWW), /\.ts$/)),
  ...(await files(new URL("../../pkg/panel/src/", import.meta.url), /\.ts$/)),
].filter((file) => !file.pathname.includes("/demo/"));
const nameOf = (file) => file.pathname.split(/\/(?=www\/src|pkg\/panel)/)[1];

test("the page has no markup or code from text, no dates and no number formats", async () => {
  assert.ok(SOURCES.length > 30);
  const zones = new Set(["pkg/panel/src/connection/page-end.ts"]);
  for (const source of SOURCES) {
    const [text, name] = [await readFile(source, "utf8"), nameOf(source)];
    if (!zones.has(name)) assert.doesNotMatch(text, /\bIntl\b/, name);
    for (const [what, pattern] of Object.entries(ABSENT)) {
      assert.doesNotMatch(text, pattern, `${what} in ${name}`);
    }
  }
});

test("the page has no wording: what a template shows comes from the view", async () => {
  const parts = SOURCES.filter((file) => /src\/(elements|components|sections)\//.test(file.pathname));
  assert.ok(parts.length > 15);
  for (const source of parts) {
    const text = await readFile(source, "utf8");
    const outside = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    for (const [, words] of outside.matchAll(
      /<(?:p|span|button|h[1-6]|strong|label|legend|li|summary|th|td)[^<>]*>\s*([A-Za-z][A-Za-z ,.]{2,})</g,
    )) {
      assert.fail(`${nameOf(source)} says "${words.trim()}"`);
    }
    assert.doesNotMatch(outside, /\b(title|placeholder|aria-label)="[A-Z]/, nameOf(source));
  }
});
