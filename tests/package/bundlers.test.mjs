import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { build as bundle } from "esbuild";
import { chromium } from "playwright-core";
import { build as buildPage } from "vite";
import { install } from "./install.mjs";
import { serve, token } from "./server.mjs";

const user = install();
after(user.remove);

const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

test("an editor's extension: one CommonJS file by esbuild, with the bytes that the editor read", async () => {
  const entry = user.write(
    "extension.ts",
    `
    import { load, CreditClient } from "costrict-credit";
    export async function activate(bytes: Uint8Array) {
      await load(bytes);
      const client = new CreditClient({ token: async () => undefined, read: async () => undefined, write: async () => {} });
      const { state } = await client.open();
      const speak = () => client.panel({ locale: "de" }).locale;
      const before = speak();
      client.setCatalogue("de", ${JSON.stringify(readFileSync(join(user.place, "locales/de.json"), "utf8"))});
      return [state, before, speak(), client.panel({ locale: "fr" }).locale].join(" ");
    }`,
  );
  const result = await bundle({
    entryPoints: [entry],
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    external: ["vscode"],
    outfile: join(user.folder, "extension.cjs"),
    logLevel: "silent",
  });
  assert.deepEqual(
    result.warnings.map((warning) => warning.text),
    [],
  );
  // Far from node_modules: all that it needs has to be in the bundle.
  const far = mkdtempSync(join(tmpdir(), "costrict-credit-"));
  try {
    user.write(
      "runner.cjs",
      `
      const { copyFileSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
      // An extension's own files where the package has its catalogues: not taken for them.
      mkdirSync(${JSON.stringify(join(far, "locales"))});
      writeFileSync(${JSON.stringify(join(far, "locales/de.json"))}, "[]");
      copyFileSync(${JSON.stringify(join(user.folder, "extension.cjs"))}, ${JSON.stringify(join(far, "extension.cjs"))});
      const { activate } = require(${JSON.stringify(join(far, "extension.cjs"))});
      activate(readFileSync(${JSON.stringify(join(user.place, "dist/costrict_credit_bg.wasm"))})).then(console.log);`,
    );
    assert.equal(user.run("runner.cjs").trim(), "signed_out en de en");
  } finally {
    rmSync(far, { recursive: true, force: true });
  }
});

test("a web extension: one file by esbuild for a browser, without warnings", async () => {
  const entry = user.write(
    "web-extension.ts",
    `
    import { load, CreditClient } from "costrict-credit";
    export const activate = async (bytes: Uint8Array) => { await load(bytes); return CreditClient; };`,
  );
  const result = await bundle({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "silent",
  });
  assert.deepEqual(
    result.warnings.map((warning) => warning.text),
    [],
  );
  assert.doesNotMatch(result.outputFiles[0].text, /node:fs/);
});

/** Opens a page that shows the balance of the loopback server, and gives back what it shows. */
async function read(files) {
  const server = await serve({ files });
  const profile = mkdtempSync(join(tmpdir(), "costrict-credit-"));
  const browser = await chromium.launchPersistentContext(profile, { executablePath, args: ARGUMENTS, headless: true });
  try {
    const page = await browser.newPage();
    const trouble = new Promise((_, fail) => page.once("pageerror", fail));
    trouble.catch(() => {});
    await page.goto(`${server.base}/`);
    await Promise.race([page.waitForSelector("body[data-shown]"), trouble]);
    return await page.textContent("body");
  } finally {
    await browser.close();
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

const PROGRAM = `
  import { load, CreditClient } from "costrict-credit";
  await load();
  const client = new CreditClient({
    token: async () => ${JSON.stringify(token())},
    read: async (key) => localStorage.getItem(key) ?? undefined,
    write: async (key, value) => value === undefined ? localStorage.removeItem(key) : localStorage.setItem(key, value),
  }, { baseUrl: location.origin });
  const opened = await client.open();
  const account = await client.refresh("open");
  document.body.textContent = opened.state + " " + account.state + " " + account.balance?.remaining;
  document.body.dataset.shown = "yes";`;

test("a page built by vite shows the balance in a browser", async () => {
  user.write("page.js", PROGRAM);
  user.write(
    "index.html",
    '<!doctype html><meta charset="utf-8"><title>t</title><body><script type="module" src="/page.js"></script>',
  );
  await buildPage({
    root: user.folder,
    configFile: false,
    logLevel: "silent",
    build: { target: "es2022", outDir: "built" },
  });
  const built = join(user.folder, "built");
  const type = (name) =>
    name.endsWith(".wasm") ? "application/wasm" : name.endsWith(".js") ? "text/javascript" : "text/html";
  const files = Object.fromEntries(
    readdirSync(join(built, "assets")).map((name) => [
      `/assets/${name}`,
      { type: type(name), body: readFileSync(join(built, "assets", name)) },
    ]),
  );
  assert.ok(
    Object.keys(files).some((name) => name.endsWith(".wasm")),
    "vite follows the wasm file's URL",
  );
  files["/"] = { type: "text/html", body: readFileSync(join(built, "index.html")) };
  assert.equal(await read(files), "unknown known 41.5");
});

test("a page without any bundler shows the balance in a browser", async () => {
  const map = { imports: { "costrict-credit": "/package/web.js" } };
  const html = `<!doctype html><meta charset="utf-8"><title>t</title><body>
    <script type="importmap">${JSON.stringify(map)}</script><script type="module">${PROGRAM}</script>`;
  const files = { "/": { type: "text/html", body: html } };
  const own = [
    "web.js",
    "facade.js",
    "catalogue-reader.js",
    "credit-error.js",
    "handle.js",
    "legacy-quota.js",
    "loading.js",
  ];
  for (const name of [...own, "dist/costrict_credit.js"]) {
    files[`/package/${name}`] = { type: "text/javascript", body: readFileSync(join(user.place, name)) };
  }
  files["/package/dist/costrict_credit_bg.wasm"] = {
    // A server that does not know .wasm.
    type: "application/octet-stream",
    body: readFileSync(join(user.place, "dist/costrict_credit_bg.wasm")),
  };
  assert.equal((await read(files)).trim().split("\n").at(-1), "unknown known 41.5");
});
