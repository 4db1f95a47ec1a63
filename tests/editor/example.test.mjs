// examples/extension as its readers have it: built, packed by vsce without a warning, and started.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { serve, token } from "../package/server.mjs";
import { FakeEditor } from "./support/fake-editor.mjs";
import { vsce } from "./support/tools.mjs";
import { until } from "./support/until.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

describe("the example of an extension", () => {
  let folder, server, editor;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "credit-example-"));
    cpSync(join(ROOT, "examples/extension"), folder, { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
    run(process.execPath, "build.mjs");
    server = await serve();
  });
  after(async () => {
    editor?.stop();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...args) => {
    const [program, ...rest] = args;
    const { status, stdout, stderr } = spawnSync(program, rest, { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
    return stdout + stderr;
  };

  it("is packed by vsce without a warning, with what it needs and nothing else", () => {
    const said = run(process.execPath, vsce, "package", "--no-dependencies", "--out", "example.vsix");
    assert.doesNotMatch(said, /warning/i);
    const names = run(process.execPath, vsce, "ls", "--no-dependencies").trim().split("\n");
    const catalogues = /^dist\/costrict-credit\/locales\/[\w-]+\.json$/;
    assert.ok(names.filter((name) => catalogues.test(name)).length > 17);
    assert.deepEqual(names.filter((name) => !catalogues.test(name)).sort(), [
      "LICENSE",
      "README.md",
      "dist/costrict-credit/THIRD-PARTY-NOTICES.txt",
      "dist/costrict-credit/core.wasm",
      "dist/costrict-credit/panel/index.js",
      "dist/costrict-credit/panel/style.css",
      "dist/extension.js",
      "dist/web.js",
      "media/credits.svg",
      "package.json",
      "package.nls.json",
      "package.nls.zh-cn.json",
    ]);
  });

  for (const [host, entry] of [
    ["node", "dist/extension.js"],
    ["web", "dist/web.js"],
  ]) {
    it(`shows the balance, and reads it again after a request, in the ${host} host`, async () => {
      const settings = { "creditsExample.baseUrl": server.base };
      editor = await FakeEditor.start(settings, { prefix: "creditsExample", home: folder, host, entry });
      await until("the way to sign in", () => (editor.item.command === "creditsExample.signIn" ? true : undefined));
      await editor.signIn(token());
      await until("a balance", () => (editor.item.text.includes("41.5") ? true : undefined));
      const readings = () => server.paths.filter((path) => path.endsWith("/quota")).length;
      const before = readings();
      editor.user.input = () => "Explain burn-down.";
      await editor.command("ask");
      await until("another reading", () => (readings() > before ? true : undefined));
      editor.stop();
      editor = undefined;
    });
  }
});
