// The extension's manifest, without an editor: everything declared exists, and everything that exists is declared.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../vscode", import.meta.url));
const read = (...path) => readFileSync(join(folder, ...path), "utf8");
const json = (...path) => JSON.parse(read(...path));
const sources = readdirSync(join(folder, "src"), { recursive: true }).filter((name) => name.endsWith(".ts"));
const source = sources.map((name) => read("src", name)).join("\n");
const manifest = json("package.json");
const found = (pattern, text) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))].sort();
const NLS = ["package.nls.json", "package.nls.zh-cn.json", "package.nls.zh-tw.json"];

describe("manifest", () => {
  it("has every text that it names in each language, and no other", () => {
    const named = found(/"%([^%"]+)%"/g, read("package.json"));
    for (const name of NLS) {
      const texts = json(name);
      assert.deepEqual(Object.keys(texts).sort(), named, name);
      for (const [key, text] of Object.entries(texts)) assert.notEqual(text.trim(), "", `${name}: ${key}`);
    }
    // A translation equal to the English text was forgotten. Names stay.
    const english = json(NLS[0]);
    for (const name of NLS.slice(1)) {
      const same = Object.entries(json(name)).filter(([key, text]) => text === english[key] && /[a-z]{3} /.test(text));
      assert.deepEqual(
        same.map(([key]) => key),
        [],
        name,
      );
    }
  });

  it("has the source's own words in each language, and no other", () => {
    const said = found(/l10n\.t\(\s*"((?:[^"\\]|\\.)*)"/g, source);
    assert.ok(said.length > 5);
    for (const name of readdirSync(join(folder, "l10n")))
      assert.deepEqual(Object.keys(json("l10n", name)).sort(), said, name);
  });

  it("declares the commands, tools and settings that the source uses", () => {
    const { commands, languageModelTools, configuration } = manifest.contributes;
    assert.deepEqual(
      found(/command\(\s*"(costrictCredit\.\w+)"/g, source),
      commands.map(({ command }) => command).sort(),
    );
    const done = found(/"(costrictCredit\.\w+)": \(\) =>/g, read("src", "extension.ts"));
    assert.deepEqual([...done, "costrictCredit.showAccount"].sort(), commands.map(({ command }) => command).sort());
    assert.deepEqual(
      found(/(costrict_credits_\w+): \(/g, read("src", "tools.ts")),
      languageModelTools.map(({ name }) => name).sort(),
    );
    assert.deepEqual(
      found(/tool(?:<\w+>)?\("(costrict_credits_\w+)"/g, source),
      languageModelTools.map(({ name }) => name).sort(),
    );
    // The caps of a budget are read together.
    const settings = Object.keys(configuration.properties).map((name) =>
      name.replace("costrictCredit.", "").replace(/\.(warn|stop)$/, ""),
    );
    for (const name of settings) assert.ok(source.includes(`"${name}"`), `${name} is read nowhere`);
    for (const property of Object.values(configuration.properties))
      assert.match(property.description ?? property.markdownDescription, /^%.+%$/);
  });

  it("names icons that are there", () => {
    const paths = found(/"((?:media|dist)\/[^"*]+\.(?:svg|png))"/g, read("package.json"));
    assert.ok(paths.length >= 4);
    for (const path of paths) assert.ok(read(path).length > 0);
  });
});
