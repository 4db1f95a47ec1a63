import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { install, tarball } from "./install.mjs";

const user = install();
after(user.remove);
const manifest = JSON.parse(readFileSync(join(user.place, "package.json"), "utf8"));

const PACKED = [
  "LICENSE",
  "THIRD-PARTY-NOTICES.txt",
  "README.md",
  "options.d.ts",
  "package.json",
  "index.js",
  "index.cjs",
  "web.js",
  "catalogue-reader.js",
  "credit-error.js",
  "facade.js",
  "handle.js",
  "legacy-quota.js",
  "loading.js",
  "index.d.ts",
  "index.d.cts",
  "panel.d.ts",
  "sections.d.ts",
  "history.d.ts",
  "budget.d.ts",
  "cost.d.ts",
  "transfer.d.ts",
  "views.d.ts",
  "prices.d.ts",
  "problem.d.ts",
  "task-sections.d.ts",
  "tasks.d.ts",
  "panel/react.d.ts",
  "panel/vue.d.ts",
  "dist/costrict_credit.js",
  "dist/costrict_credit_bg.wasm",
  "dist/node.cjs",
  "dist/node.cjs.map",
  ...["claude-4.6", "claude-4.7", "deepseek", "kimi", "minimax", "o200k", "qwen"].map(
    (family) => `tokens/${family}.bin`,
  ),
];

/** What a subpath in TypeScript may consist of: its modules with their source maps, and declarations. */
const OF_SUBPATH = /^(index\.c?js(\.map)?|[\w-]+(\/[\w-]+)*\.d\.ts|index\.d\.cts)$/;
/** What else one has. */
const SUBPATHS = {
  node: [],
  panel: [],
  "panel-session": [],
  vscode: [
    ...["node.js", "node.js.map", "node.cjs", "node.cjs.map", "node.d.cts"],
    ...["core.wasm", "panel/index.js", "panel/style.css", "locales/keys.json", "THIRD-PARTY-NOTICES.txt"].map(
      (name) => `assets/${name}`,
    ),
  ],
};
/** Beside them: modules that entries share or load late, and the texts of the languages as an extension ships them. */
const OF_VSCODE = /^((chunk|extension)-[A-Z0-9]{8}\.js(\.map)?|assets\/locales\/[a-z]{2}(-[A-Za-z]+)?\.json)$/;

const isOfSubpath = (name) =>
  Object.entries(SUBPATHS).some(([subpath, more]) => {
    const prefix = `${subpath}/dist/`;
    const file = name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
    return (
      file !== undefined &&
      (OF_SUBPATH.test(file) || more.includes(file) || (subpath === "vscode" && OF_VSCODE.test(file)))
    );
  });

test("the tarball holds what users need and nothing else", () => {
  const listed = execFileSync("tar", ["-tzf", tarball()], { encoding: "utf8" }).trim().split("\n");
  const names = listed.map((name) => name.replace(/^package\//, ""));
  const catalogues = names.filter((name) => /^locales\/[a-z]{2}(-[A-Za-z]+)?\.json$/.test(name));
  const others = names.filter((name) => !catalogues.includes(name) && !isOfSubpath(name));
  assert.deepEqual(others.sort(), [...PACKED].sort());
});

test("every subpath has what is allowed for it, and is an export", () => {
  const exported = Object.keys(manifest.exports);
  for (const [subpath, more] of Object.entries(SUBPATHS)) {
    assert.ok(exported.includes(`./${subpath}`), subpath);
    for (const file of ["index.js", "index.js.map", "index.d.ts", ...more])
      assert.ok(existsSync(join(user.place, subpath, "dist", file)), `${subpath}/dist/${file}`);
  }
});

test("source maps contain the sources, and no path of the machine that built them", () => {
  for (const folder of ["dist", ...Object.keys(SUBPATHS).map((subpath) => `${subpath}/dist`)]) {
    const maps = readdirSync(join(user.place, folder)).filter((name) => name.endsWith(".map"));
    const files = maps.map((name) => `${folder}/${name}`);
    const parsed = files.map((file) => JSON.parse(readFileSync(join(user.place, file), "utf8")));
    // A module that only joins others has no source of its own.
    assert.ok(
      parsed.some(({ sources }) => sources.length > 0),
      folder,
    );
    for (const [index, { sources, sourcesContent = [] }] of parsed.entries()) {
      assert.equal(sourcesContent.length, sources.length, files[index]);
      for (const source of sources) assert.match(source, /^(\.\.\/)*[\w@][\w@./-]*$/, `${files[index]}: ${source}`);
      assert.doesNotMatch(JSON.stringify(parsed[index]), /\/(home|root|Users)\/[\w.-]+\//, files[index]);
    }
  }
});

test("nothing is installed with it and nothing runs when it is installed", () => {
  assert.deepEqual(Object.keys(manifest.dependencies ?? {}), []);
  assert.deepEqual(Object.keys(manifest.scripts ?? {}), []);
});

test("every way in leads to a file of the tarball", () => {
  const targets = [];
  const collect = (value) => (typeof value === "string" ? targets.push(value) : Object.values(value).forEach(collect));
  collect([manifest.exports, manifest.main, manifest.types]);
  assert.ok(targets.length > 8);
  for (const target of targets.filter((target) => !target.includes("*")))
    assert.ok(existsSync(join(user.place, target)), target);
});

const KILOBYTE = 1024;
const WASM = "dist/costrict_credit_bg.wasm";
const packed = (name) => gzipSync(readFileSync(join(user.place, name)), { level: 9 }).length;
const atMost = (name, gate) => () => assert.ok(packed(name) <= gate * KILOBYTE, `${packed(name)} bytes gzip`);

test("the panel's element is at most 60 KB gzip", atMost("panel/dist/index.js", 60));
test("the glue is at most 15 KB gzip", atMost("dist/costrict_credit.js", 15));
// What the project set itself. Not reached yet: CHANGELOG.md says so, and the next test keeps it from growing meanwhile.
test("the wasm is at most 200 KB gzip", { todo: "the module has to lose its largest parts first" }, atMost(WASM, 200));
test("the wasm does not grow beyond 332 KB gzip", atMost(WASM, 332));

for (const name of PACKED.filter((name) => name.startsWith("tokens/"))) {
  test(`${name} is at most 13 KB gzip`, atMost(name, 13));
}

test("no path of the machine that built it is in the wasm", () => {
  const text = readFileSync(join(user.place, "dist/costrict_credit_bg.wasm"), "latin1");
  assert.equal(text.match(/\/(home|root|Users)\/[\w.-]+\/[\w./-]*/)?.[0], undefined);
});
