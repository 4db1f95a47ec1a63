// What the two npm packages bring to a user's machine: files that are listed, licences that are current, and nothing that runs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { judge, named } from "../../tools/audit.mjs";
import { sbom } from "../../tools/sbom.mjs";
import { root } from "./install.mjs";

const json = (file) => JSON.parse(readFileSync(join(root, file), "utf8"));
const PUBLISHED = ["pkg", "cli"];
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare", "prepublish"];

test("a published package lists its files, runs nothing when it is installed, and asks npm for a provenance", () => {
  for (const folder of PUBLISHED) {
    const { files, scripts = {}, publishConfig, dependencies = {} } = json(`${folder}/package.json`);
    assert.ok(files.length > 0, folder);
    assert.deepEqual(
      INSTALL_SCRIPTS.filter((name) => name in scripts),
      [],
      folder,
    );
    assert.deepEqual(publishConfig, { access: "public", provenance: true }, folder);
    assert.deepEqual(Object.keys(dependencies), folder === "cli" ? ["costrict-credit"] : []);
  }
});

test("what is shipped needs no install script, and only the bundler of the tools has one, which is not run", () => {
  const { packages } = json("package-lock.json");
  const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = scripted.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  assert.deepEqual(
    [...new Set(names)].filter((name) => name !== "esbuild"),
    [],
  );
  for (const [path, { dev }] of scripted) assert.equal(dev, true, path);
  const shipped = named(readFileSync(join(root, "pkg/THIRD-PARTY-NOTICES.txt"), "utf8"));
  assert.ok(shipped.includes("lit"), "the notices name what is bundled");
  assert.deepEqual(
    shipped.filter((name) => names.includes(name)),
    [],
  );
});

test("every package comes from the registry, with its digest", () => {
  for (const file of ["package-lock.json", "tools/docs-site/package-lock.json"]) {
    for (const [path, { integrity, link, resolved }] of Object.entries(json(file).packages)) {
      if (path === "" || link || !path.includes("node_modules/")) continue;
      assert.match(integrity ?? "", /^sha512-/, `${file}: ${path}`);
      assert.doesNotMatch(resolved ?? "", /^(git|file)/, `${file}: ${path}`);
    }
  }
});

test("the notices of others' code are current", () => {
  const { status, stderr } = spawnSync(process.execPath, ["tools/notices.mjs", "--check"], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
});

test("an extension ships the notices with the code", () => {
  const shipped = readFileSync(join(root, "pkg/vscode/dist/assets/THIRD-PARTY-NOTICES.txt"), "utf8");
  assert.equal(shipped, readFileSync(join(root, "pkg/THIRD-PARTY-NOTICES.txt"), "utf8"));
});

test("an advisory of a shipped package counts, one of a tool is only printed", () => {
  const report = { vulnerabilities: { a: { name: "lit", severity: "high" }, b: { name: "vite", severity: "low" } } };
  const shipped = new Set(named("  lit 3.3.3 (BSD-3-Clause)\n@scope/a.b 1.0.0-rc.1 (MIT)\n"));
  assert.ok(shipped.has("@scope/a.b"));
  assert.deepEqual(judge(report, shipped), {
    shipped: [{ name: "lit", severity: "high" }],
    tools: [{ name: "vite", severity: "low" }],
  });
});

test("the list of parts has what is bundled, with digests, and no tool", () => {
  const list = sbom("costrict-credit");
  assert.equal(list.bomFormat, "CycloneDX");
  assert.equal(list.metadata.component.name, "costrict-credit");
  const names = list.components.map(({ name }) => name).sort();
  assert.deepEqual(names, ["@lit/reactive-element", "lit", "lit-element", "lit-html"]);
  for (const { name, hashes, licenses } of list.components) assert.ok(hashes.length > 0 && licenses.length > 0, name);
});
