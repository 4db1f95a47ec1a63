// The program's sentences in every language of the core.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { root } from "../package/install.mjs";

const SOURCES = join(root, "cli/src");
const text = (path) => readFileSync(path, "utf8");
const english = Object.fromEntries(
  [...text(join(SOURCES, "words/english.ts")).matchAll(/^ {2}(\w+):\s+"(.*)",$/gm)].map(([, key, words]) => [
    key,
    words,
  ]),
);
const languages = readdirSync(join(root, "pkg/locales"));
/** What a translation keeps: values, commands, options, variables, addresses. */
const kept = (words) => (words.match(/\{\d\}|`[^`]+`|--[a-z-]+|[A-Z]{3,}_[A-Z_]+|https:\/\//g) ?? []).sort();

test("every language has every sentence, with the same values and commands in it", () => {
  assert.ok(Object.keys(english).length > 100);
  assert.deepEqual(readdirSync(join(root, "cli/words")).sort(), languages.sort());
  for (const file of languages) {
    const words = JSON.parse(text(join(root, "cli/words", file)));
    assert.deepEqual(Object.keys(words), Object.keys(english), file);
    for (const [key, sentence] of Object.entries(words)) {
      assert.notEqual(sentence.trim(), "", `${file} ${key}`);
      assert.deepEqual(kept(sentence), kept(english[key]), `${file} ${key}: ${sentence}`);
    }
  }
});

test("every sentence is said somewhere", () => {
  const code = readdirSync(SOURCES, { recursive: true })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("words"))
    .map((name) => text(join(SOURCES, name)))
    .join("\n");
  for (const key of Object.keys(english)) assert.match(code, new RegExp(`"${key}"`), key);
});
