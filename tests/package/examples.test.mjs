// The examples with the packed package: each is built as its README says, and shows the account of a loopback server.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { build as buildPage } from "vite";
import { install, root } from "./install.mjs";
import { serve, token } from "./server.mjs";

const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
];
const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** An example in a folder of its own, with the package and those of its other dependencies that the workspace has. */
function example(t, name, linked = []) {
  const user = install();
  t.after(user.remove);
  user.copy(join(root, "examples", name), ".");
  for (const dependency of linked) user.link(dependency);
  return user;
}

function compile(user) {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", user.folder], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
}

/** The files of a folder by the path at which a server has them. */
function filesOf(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const body = readFileSync(path);
      return [path.slice(folder.length), { type: TYPES[extname(path)] ?? "application/octet-stream", body }];
    }),
  );
}

/** Opens a page, and gives back what its panel shows. */
async function panelOf(files) {
  const session = { type: TYPES[".json"], body: JSON.stringify({ token: token() }) };
  const server = await serve({ files: { ...files, "/": files["/index.html"], "/session.json": session } });
  const profile = mkdtempSync(join(tmpdir(), "costrict-credit-"));
  const browser = await chromium.launchPersistentContext(profile, { executablePath, args: ARGUMENTS, headless: true });
  try {
    const page = await browser.newPage();
    const trouble = new Promise((_, fail) => page.once("pageerror", fail));
    trouble.catch(() => {});
    await page.goto(`${server.base}/`);
    const panel = page.locator("costrict-credit-panel .panel[data-state=ready]");
    await Promise.race([panel.locator(".headline-value").waitFor(), trouble]);
    return await panel.innerText();
  } finally {
    await browser.close();
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

test("react: a page built by vite shows the balance", async (t) => {
  const user = example(t, "react", ["react", "react-dom", "scheduler", "@types/react", "@types/react-dom", "csstype"]);
  compile(user);
  await buildPage({ root: user.folder, logLevel: "silent" });
  assert.match(await panelOf(filesOf(join(user.folder, "dist"))), /41\.5\s+credits left/);
});

test("page: without a build, the balance is shown by way of an import map", async (t) => {
  const user = example(t, "page");
  assert.match(await panelOf(filesOf(user.folder)), /41\.5\s+credits left/);
});

test("extension: credits in at most 25 lines, built for Node and for the web without a warning", (t) => {
  const user = example(t, "extension", ["@types/node", "@types/vscode", "undici-types", "esbuild"]);
  const read = (...path) => readFileSync(join(user.folder, ...path), "utf8");
  assert.deepEqual(readdirSync(join(user.folder, "src")), ["extension.ts"]);
  assert.ok(read("src", "extension.ts").trimEnd().split("\n").length <= 25);
  compile(user);
  const built = spawnSync(process.execPath, ["build.mjs"], { cwd: user.folder, encoding: "utf8" });
  assert.deepEqual([built.status, built.stdout, built.stderr], [0, "", ""]);
  for (const name of ["extension.js", "web.js", "costrict-credit/core.wasm", "costrict-credit/panel/index.js"])
    assert.ok(existsSync(join(user.folder, "dist", name)), name);
  // A web worker has no modules of Node.
  assert.doesNotMatch(read("dist", "web.js"), /require\("(?!vscode")/);
});

test("extension: the manifest has each text in both languages, and only commands that the library has", () => {
  const read = (name) => readFileSync(join(root, "examples/extension", name), "utf8");
  const named = [...new Set([...read("package.json").matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]))].sort();
  for (const name of ["package.nls.json", "package.nls.zh-cn.json"])
    assert.deepEqual(Object.keys(JSON.parse(read(name))).sort(), named, name);
  const source = readFileSync(join(root, "pkg/vscode/src/contributions.ts"), "utf8");
  const known = [.../COMMAND_NAMES = \[([^\]]*)\]/.exec(source)[1].matchAll(/"(\w+)"/g)].map((match) => match[1]);
  const commands = JSON.parse(read("package.json")).contributes.commands.map(({ command }) => command);
  const own = commands.map((name) => name.replace("creditsExample.", "")).filter((name) => !known.includes(name));
  assert.deepEqual(own, ["ask"]);
});
