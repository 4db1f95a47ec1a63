// The extension's manifest, without an editor: everything declared exists, and everything that exists is declared.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../vscode", import.meta.url));
const library = fileURLToPath(new URL("../../pkg/vscode/src", import.meta.url));
const read = (...path) => readFileSync(join(folder, ...path), "utf8");
const json = (...path) => JSON.parse(read(...path));
const sourceOf = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
const [own, source] = [sourceOf(join(folder, "src")), sourceOf(library)];
const manifest = json("package.json");
const found = (pattern, text) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))].sort();
const properties = (configuration) => Object.assign({}, ...configuration.map((section) => section.properties));
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

  it("has the own words of extension and library in each language, and no other", () => {
    for (const [text, words, least] of [
      [own, join(folder, "l10n"), 4],
      [source, join(library, "words"), 40],
    ]) {
      const said = found(/l10n\.t\(\s*"((?:[^"\\]|\\.)*)"/g, text);
      assert.ok(said.length > least);
      for (const name of readdirSync(words))
        assert.deepEqual(Object.keys(JSON.parse(readFileSync(join(words, name), "utf8"))).sort(), said, name);
    }
  });

  it("calls the commands as the library does where a manifest gives them no title", () => {
    for (const [nls, words] of [
      ["package.nls.zh-cn.json", "zh-cn.json"],
      ["package.nls.zh-tw.json", "zh-tw.json"],
    ]) {
      const translated = JSON.parse(readFileSync(join(library, "words", words), "utf8"));
      for (const [key, title] of Object.entries(json(NLS[0])).filter(([key]) => key.startsWith("command.")))
        if (key !== "command.askModel") assert.equal(translated[title], json(nls)[key], key);
    }
  });

  it("declares the commands, tools and settings that the source uses", () => {
    const { commands, languageModelTools, configuration } = manifest.contributes;
    const names = (list) => found(/"(\w+)"/g, new RegExp(`export const ${list} = \\[([^\\]]*)\\]`).exec(source)[1]);
    assert.deepEqual(
      [...names("COMMAND_NAMES"), "askModel"].map((name) => `costrictCredit.${name}`).sort(),
      commands.map(({ command }) => command).sort(),
    );
    assert.match(own, /commands: \{ askModel: /);
    assert.deepEqual(
      names("TOOL_NAMES").map((name) => `costrict_credits_${name}`),
      languageModelTools.map(({ name }) => name).sort(),
    );
    // The caps of a budget are read together.
    const settings = Object.keys(properties(configuration)).map((name) =>
      name.replace("costrictCredit.", "").replace(/\.(warn|stop)$/, ""),
    );
    for (const name of settings) assert.ok(source.includes(`"${name}"`), `${name} is read nowhere`);
    for (const property of Object.values(properties(configuration)))
      assert.match(property.description ?? property.markdownDescription, /^%.+%$/);
  });

  it("groups its settings under titles, in an order, and names each choice in words", () => {
    const { configuration } = manifest.contributes;
    const rising = (orders) =>
      assert.deepEqual(
        orders,
        [...new Set(orders)].sort((a, b) => a - b),
      );
    rising(configuration.map(({ order }) => order));
    for (const section of configuration) {
      assert.match(section.title, /^%configuration\.\w+%$/);
      const settings = Object.values(section.properties);
      rising(settings.map(({ order }) => order));
      for (const { enum: ids, enumItemLabels: labels } of settings.flatMap((setting) => [setting, setting.items ?? {}]))
        assert.equal(labels?.length, ids?.length);
    }
    // The panel writes the language there: each that it offers is a choice.
    const offered = readdirSync(join(folder, "../pkg/locales")).map((name) => name.replace(".json", ""));
    assert.deepEqual(
      properties(configuration)["costrictCredit.language"].enum.slice().sort(),
      ["", "en", ...offered].sort(),
    );
  });

  it("declares the account provider that the source registers", () => {
    const id = /DEFAULT_PREFIX = "(\w+)"/.exec(source)[1];
    assert.deepEqual(manifest.contributes.authentication, [{ id, label: "CoStrict" }]);
  });

  it("leads through four steps, each with a picture that themes colour, a way to do it, and an event that ends it", () => {
    const [{ steps }] = manifest.contributes.walkthroughs;
    assert.deepEqual(
      steps.map(({ id }) => id),
      ["signIn", "balance", "estimate", "budgets"],
    );
    const commands = manifest.contributes.commands.map(({ command }) => command);
    const known = [
      ...commands.map((command) => `onCommand:${command}`),
      ...Object.keys(properties(manifest.contributes.configuration)).map((name) => `onSettingChanged:${name}`),
      ...manifest.contributes.views.costrictCredit.map(({ id }) => `onView:${id}`),
      ...found(/`\$\{this\.#prefix\}\.(signed\w+)`/g, source).map((key) => `onContext:costrictCredit.${key}`),
    ];
    for (const { id, media, description, completionEvents } of steps) {
      const picture = read(media.svg);
      assert.match(picture, /var\(--vscode-/);
      assert.doesNotMatch(picture, /<text/, "a text would be in one language");
      assert.match(media.altText, /^%.+%$/);
      assert.ok(completionEvents.length > 0);
      for (const event of completionEvents) assert.ok(known.includes(event), event);
      for (const name of NLS) {
        const links = found(/\(command:([\w.]+)[?)]/g, json(name)[description.slice(1, -1)]);
        assert.ok(links.length > 0, `${name}: ${id}`);
        for (const link of links) assert.ok(commands.includes(link) || link.startsWith("workbench.action."), link);
      }
    }
  });

  it("names icons that are there", () => {
    const paths = found(/"((?:media|dist)\/[^"*]+\.(?:svg|png))"/g, read("package.json"));
    assert.ok(paths.length >= 4);
    for (const path of paths) assert.ok(read(path).length > 0);
  });
});
