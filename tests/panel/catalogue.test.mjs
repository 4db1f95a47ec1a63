// Which catalogue a language loads, with the real core.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { before, test } from "node:test";

import { clientMaker, loadPanelSession } from "./support/panel-session.mjs";

const ROOT = new URL("../../", import.meta.url);
/** A language, and the catalogue that its views are in; none for English. */
const LANGUAGES = [
  ["zh-Hans-HK", "zh-CN"],
  ["zh_TW", "zh-TW"],
  ["pt_BR", "pt-BR"],
  ["in", "id"],
  ["yue", "zh-TW"],
  ["zh", "zh-CN"],
  ["zh-cn", "zh-CN"],
  ["zh-SG", "zh-CN"],
  ["zh-Hant", "zh-TW"],
  ["zh-Hant-CN", "zh-TW"],
  ["zh-HK", "zh-TW"],
  ["zh-MO", "zh-TW"],
  ["zh_HK.UTF-8", "zh-TW"],
  ["cmn-Hans", "zh-CN"],
  ["cmn-TW", "zh-TW"],
  ["yue-Hant-HK", "zh-TW"],
  ["pt", "pt-BR"],
  ["pt-PT", "pt-BR"],
  ["PT-br", "pt-BR"],
  ["in-ID", "id"],
  ["id_ID", "id"],
  ["de-CH-1996", "de"],
  ["de_AT.UTF-8", "de"],
  ["es-419", "es"],
  ["fr-ca", "fr"],
  ["JA", "ja"],
  ["en", undefined],
  ["en_GB", undefined],
  ["sv-SE", undefined],
  ["", undefined],
];

let library;
let newClient;
before(async () => {
  [library, newClient] = await Promise.all([loadPanelSession(), clientMaker()]);
});

test("each language loads the catalogue that the core's views are in", async (t) => {
  const names = (await readdir(new URL("pkg/locales/", ROOT))).map((name) => name.replace(".json", ""));
  for (const [locale, expected] of LANGUAGES) {
    const client = newClient(t);
    const read = [];
    await library.loadCatalogue(client, locale, (name) => {
      read.push(name);
      return readFile(new URL(`pkg/locales/${name}.json`, ROOT), "utf8");
    });
    assert.deepEqual(read, expected === undefined ? [] : [expected], locale);
    assert.ok(expected === undefined || names.includes(expected));
    if (locale !== "") assert.equal(client.panel({ locale }).locale, expected ?? "en", locale);
  }
});

test("a catalogue is read once for several callers, and again after a failure", async (t) => {
  const client = newClient(t);
  let reads = 0;
  const read = async () => {
    reads += 1;
    if (reads === 1) throw new Error("no network");
    return readFile(new URL("pkg/locales/de.json", ROOT), "utf8");
  };
  await Promise.all([1, 2, 3].map(() => library.loadCatalogue(client, "de", read)));
  assert.equal(reads, 1);
  await library.loadCatalogue(client, "de-AT", read);
  await library.loadCatalogue(client, "de-CH", read);
  assert.equal(reads, 2);
  assert.equal(client.panel({ locale: "de" }).locale, "de");
});
