// The documents of the repository: every link leads to a file and a heading, and the site has every page.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { anchors, isExternal, links } from "../../tools/docs-site/markdown.mjs";
import { asPage, pagesOf, placeOf, summary } from "../../tools/docs-site/pages.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { cwd: root });
const documents = tracked
  .toString()
  .trim()
  .split("\n")
  .filter((file) => existsSync(join(root, file)));
const read = (file) => readFileSync(join(root, file), "utf8");

/** What is wrong with the links of a document. `has` says whether a path of the repository exists. */
function deadLinks(file, text, { has, textOf }) {
  return links(text).flatMap(({ target }) => {
    // Made by rustdoc and TypeDoc; `cargo xtask docs` checks them.
    if (isExternal(target) || /^\/(rust|typescript)\//.test(target)) return [];
    const [path, hash] = target.split("#");
    const found = path === "" ? file : posix.join(posix.dirname(file), decodeURI(path));
    if (!has(found)) return [`${file}: ${target}`];
    if (hash && found.endsWith(".md") && !anchors(textOf(found)).includes(hash))
      return [`${file}: ${target} (no heading)`];
    return [];
  });
}

const repository = { has: (path) => existsSync(join(root, path)), textOf: read };

test("every link of every document leads to a file and a heading", () => {
  assert.ok(documents.length > 50, `${documents.length} documents`);
  assert.deepEqual(
    documents.flatMap((file) => deadLinks(file, read(file), repository)),
    [],
  );
});

test("a dead link and a missing heading are found, and links in code are none", () => {
  const sample = { has: (path) => path === "sample/b.md", textOf: () => "# A title, of two\n\n## Über 5\n## Über 5\n" };
  const find = (text) => deadLinks("sample/a.md", text, sample).length;
  assert.equal(find("[b](b.md) [b](b.md#a-title-of-two) [b](b.md#über-5-1) [out](https://example.com)"), 0);
  assert.equal(find("[c](c.md)"), 1);
  assert.equal(find("[b](b.md#über-5-2)"), 1);
  assert.equal(find("![picture](p.png)"), 1);
  assert.equal(find("`[c](c.md)` and\n\n```\n[c](c.md)\n```\n"), 0);
});

test("every page of docs/ is in the summary once, and each of its entries exists", () => {
  const pages = pagesOf(summary(root));
  assert.deepEqual(
    pages.filter((page) => !existsSync(join(root, page))),
    [],
  );
  assert.equal(new Set(pages).size, pages.length);
  const inSite = documents.filter((file) => file.startsWith("docs/") && file !== "docs/SUMMARY.md");
  // A page about pictures of one folder belongs to the pictures.
  const missing = inSite.filter((file) => !pages.includes(file) && !file.startsWith("docs/screenshots/"));
  assert.deepEqual(missing, []);
});

test("links between pages follow them into the site; links to sources need an address", () => {
  const pages = ["docs/README.md", "docs/adopt/README.md", "ledger/README.md"];
  assert.equal(placeOf("docs/adopt/README.md"), "adopt/index.md");
  assert.equal(placeOf("ledger/README.md"), "project/ledger-README.md");
  const page =
    "[ledger](../../ledger/README.md#speed), [code](../../src/lib.rs), [home](../README.md), [picture](../screenshots/a.png)";
  const options = { pages, repository: undefined };
  assert.equal(
    asPage("docs/adopt/README.md", page, options),
    "[ledger](../project/ledger-README.md#speed), code, [home](../index.md), [picture](../screenshots/a.png)",
  );
  assert.match(
    asPage("docs/adopt/README.md", page, { ...options, repository: "https://x.example/r" }),
    /\(https:\/\/x\.example\/r\/blob\/main\/src\/lib\.rs\)/,
  );
});
