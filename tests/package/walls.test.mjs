// Who may import whom: the page, the extension and the library under them.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);

test("page and extension import the library by name, and never each other", async () => {
  for (const [folder, other] of [
    ["www/src/", /["'](\.\.\/)+(vscode|pkg\/panel(-session)?)\b/],
    ["vscode/src/", /["'](\.\.\/)+(www|pkg)\b/],
    ["cli/src/", /["'](\.\.\/)+(www|vscode|pkg)\b/],
    ["pkg/panel/src/", /["'](((\.\.\/)+(www|vscode|panel-session|\.\.)\b)|vscode["'])/],
    // Whatever does not name a module of the same folder, the library, or what the host provides.
    ["pkg/vscode/src/", /^["'](?!\.{1,2}\/(?!\.)|costrict-credit["'/]|vscode["'])/],
    ["pkg/node/src/", /^["'](?!\.\/(?!\.)|costrict-credit["'/]|node:)/],
    ["pkg/panel-session/src/", /["']((\.\.\/)+(www|vscode|\.\.)|vscode["'])/],
  ]) {
    const names = (await readdir(new URL(folder, ROOT), { recursive: true })).filter((name) => name.endsWith(".ts"));
    assert.ok(names.length > 4, folder);
    for (const name of names) {
      const text = await readFile(new URL(folder + name, ROOT), "utf8");
      const paths = [...text.matchAll(/(?:from|import\(?)\s*(["'][^"']+["'])/g)].map((match) => match[1]);
      for (const path of paths) assert.doesNotMatch(path, other, folder + name);
    }
  }
});

/** The circles among the modules of a folder, as far as values are imported; types are gone when the code runs. */
async function circles(folder) {
  const names = (await readdir(new URL(folder, ROOT), { recursive: true })).filter((name) => name.endsWith(".ts"));
  const imports = new Map();
  for (const name of names) {
    const text = await readFile(new URL(folder + name, ROOT), "utf8");
    const found = [...text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from "(\.[^"]+)\.js"/gm)];
    const base = new URL(folder + name, ROOT);
    imports.set(
      base.href,
      found.map((match) => new URL(`${match[1]}.ts`, base).href),
    );
  }
  const found = [];
  const visit = (module, path) => {
    if (path.includes(module))
      found.push([...path.slice(path.indexOf(module)), module].map((href) => href.split("/").at(-1)));
    else for (const next of imports.get(module) ?? []) visit(next, [...path, module]);
  };
  for (const module of imports.keys()) visit(module, []);
  return found;
}

test("no module of page, extension or library imports itself by way of others", async () => {
  for (const folder of [
    "www/src/",
    "vscode/src/",
    "pkg/panel/src/",
    "pkg/panel-session/src/",
    "pkg/vscode/src/",
    "pkg/node/src/",
    "cli/src/",
  ]) {
    assert.deepEqual(await circles(folder), [], folder);
  }
});

test("nothing of a Node host is loaded in a web worker", async () => {
  const names = await readdir(new URL("pkg/vscode/src/", ROOT), { recursive: true });
  for (const name of names.filter((name) => name.endsWith(".ts") && name !== "node.ts")) {
    const text = await readFile(new URL(`pkg/vscode/src/${name}`, ROOT), "utf8");
    assert.doesNotMatch(text, /from "costrict-credit\/node"/, name);
  }
});
