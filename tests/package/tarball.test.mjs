import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { install, tarball } from "./install.mjs";

const user = install();
after(user.remove);
const manifest = JSON.parse(readFileSync(join(user.place, "package.json"), "utf8"));

const PACKED = [
  "LICENSE", "README.md", "package.json",
  "index.js", "index.cjs", "web.js", "facade.js", "index.d.ts", "index.d.cts", "panel.d.ts",
  "dist/costrict_credit.js", "dist/costrict_credit.cjs", "dist/costrict_credit_bg.wasm", "dist/facade.cjs",
];

test("the tarball holds what users need and nothing else", () => {
  const listed = execFileSync("tar", ["-tzf", tarball()], { encoding: "utf8" }).trim().split("\n");
  const names = listed.map((name) => name.replace(/^package\//, ""));
  const catalogues = names.filter((name) => /^locales\/[a-z]{2}(-[A-Za-z]+)?\.json$/.test(name));
  assert.deepEqual(names.filter((name) => !catalogues.includes(name)).sort(), [...PACKED].sort());
});

test("nothing is installed with it and nothing runs when it is installed", () => {
  assert.deepEqual(Object.keys(manifest.dependencies ?? {}), []);
  assert.deepEqual(Object.keys(manifest.scripts ?? {}), []);
});

test("every way in leads to a file of the tarball", () => {
  const targets = [];
  const collect = (value) => typeof value === "string" ? targets.push(value) : Object.values(value).forEach(collect);
  collect([manifest.exports, manifest.main, manifest.types]);
  assert.ok(targets.length > 8);
  for (const target of targets.filter((target) => !target.includes("*"))) assert.ok(existsSync(join(user.place, target)), target);
});

const KILOBYTE = 1024;
const GATES = { "dist/costrict_credit_bg.wasm": 200 * KILOBYTE, "dist/costrict_credit.js": 15 * KILOBYTE };
for (const [name, gate] of Object.entries(GATES)) {
  test(`${name} is at most ${gate / KILOBYTE} KB gzip`, () => {
    const size = gzipSync(readFileSync(join(user.place, name)), { level: 9 }).length;
    assert.ok(size <= gate, `${size} bytes`);
  });
}

test("no path of the machine that built it is in the wasm", () => {
  const text = readFileSync(join(user.place, "dist/costrict_credit_bg.wasm"), "latin1");
  assert.equal(text.match(/\/(home|root|Users)\/[\w.-]+\/[\w./-]*/)?.[0], undefined);
});
