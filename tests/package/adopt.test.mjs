// The pages of docs/adopt: every block of code is compiled, and run against a loopback server, as it is printed.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { build as buildPage } from "vite";
import { FakeEditor } from "../editor/support/fake-editor.mjs";
import { until } from "../editor/support/until.mjs";
import { install, root } from "./install.mjs";
import { serve, token } from "./server.mjs";
import { openBrowser, openWebview } from "./webview.mjs";

const run = promisify(execFile);
const PAGES = join(root, "docs/adopt");
const LINKED = ["esbuild", "@esbuild", "react", "react-dom", "scheduler", "csstype", "undici-types"];
const TYPES = ["@types/node", "@types/react", "@types/react-dom", "@types/vscode"];
const TYPE_OF = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};
const AS_PAGE = { target: "es2022", bundle: true, format: "esm", define: { "process.env.NODE_ENV": '"production"' } };

/** The manifest of an extension that declares nothing. */
const BARE = { name: "my-extension", publisher: "me", displayName: "My Extension", version: "0.0.1" };

/** The blocks of a page by the file that each names. */
function blocksOf(page) {
  const text = readFileSync(join(PAGES, page), "utf8");
  const blocks = [...text.matchAll(/^```(\S*)[ ]?(.*)\n([\s\S]*?)^```$/gm)];
  return new Map(
    blocks.map(([, language, file, code]) => {
      assert.equal(extname(file).slice(1).replace("mjs", "js"), language, `${page}: a block without a file: ${code}`);
      return [file, code];
    }),
  );
}

/** A folder with the package and the files of a page. */
function folderOf(t, page) {
  const user = install();
  t.after(user.remove);
  for (const name of [...LINKED, ...TYPES]) user.link(name);
  for (const [file, code] of blocksOf(page)) {
    mkdirSync(dirname(join(user.folder, file)), { recursive: true });
    user.write(file, code);
  }
  if (!existsSync(join(user.folder, "package.json"))) user.write("package.json", '{ "type": "module" }');
  return user;
}

function compile(user, files) {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2022",
    module: "esnext",
    moduleResolution: "bundler",
    jsx: "react-jsx",
    lib: ["es2023", "dom", "dom.iterable"],
    types: ["node"],
    skipLibCheck: true,
  };
  user.write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", user.folder], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
}

/** What a web server of the folder would have. */
function filesOf(folder, prefix = "") {
  return Object.fromEntries(
    readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
      const path = `${prefix}/${entry.name}`;
      if (entry.isDirectory()) return Object.entries(filesOf(folder, path));
      if (!entry.isFile()) return [];
      const body = readFileSync(join(folder, path));
      return [[path, { type: TYPE_OF[extname(path)] ?? "application/octet-stream", body }]];
    }),
  );
}

/** The blocks in TypeScript; those in JavaScript are run. */
const compileBlocks = (user, page) => {
  compile(
    user,
    [...blocksOf(page).keys()].filter((file) => /\.tsx?$/.test(file)),
  );
};
const webviewFiles = (script) => ({
  "/": { type: "text/html", body: '<!doctype html><html lang="en"><script type="module" src="/page.js"></script>' },
  "/page.js": { type: "text/javascript", body: script },
});

describe("docs/adopt", () => {
  let browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());

  test("every page is here, and every link of theirs leads to a file", () => {
    const pages = readdirSync(PAGES);
    for (const page of pages) {
      const text = readFileSync(join(PAGES, page), "utf8").replace(/^```(.|\n)*?^```$/gm, "");
      for (const [, target] of text.matchAll(/\]\(([^)#]+)\)/g))
        assert.ok(existsSync(join(PAGES, target)), `${page}: ${target}`);
      for (const [path] of text.matchAll(/\bexamples\/[\w-]+/g)) assert.ok(existsSync(join(root, path)), path);
      assert.ok(page === "README.md" || blocksOf(page).size > 0, page);
    }
  });

  test("page.md: the page shows the balance", async (t) => {
    const user = folderOf(t, "page.md");
    let session;
    const files = filesOf(user.folder);
    const server = await serve({
      files: {
        ...files,
        "/": files["/index.html"],
        get "/session.json"() {
          return session;
        },
      },
    });
    t.after(() => server.close());
    session = { type: TYPE_OF[".json"], body: JSON.stringify({ baseUrl: server.base, token: token() }) };
    const page = await browser.newPage();
    await page.goto(`${server.base}/`);
    await page.locator("costrict-credit-panel").getByText("41.5").first().waitFor();
  });

  test("page.md: the React page, built by vite, shows the balance", async (t) => {
    const user = folderOf(t, "page.md");
    compileBlocks(user, "page.md");
    user.write("index.html", '<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>');
    user.write(
      "src/main.tsx",
      `import { createRoot } from "react-dom/client";
      import App from "./App.js";
      createRoot(document.querySelector("#root")).render(<App />);`,
    );
    await buildPage({ root: user.folder, logLevel: "silent", build: { target: "es2022" } });
    const files = filesOf(join(user.folder, "dist"));
    const session = {};
    const server = await serve({ files: { ...files, "/": files["/index.html"], "/session.json": session } });
    t.after(() => server.close());
    Object.assign(session, { type: TYPE_OF[".json"], body: JSON.stringify({ baseUrl: server.base, token: token() }) });
    const page = await browser.newPage();
    await page.goto(`${server.base}/`);
    await page.locator("costrict-credit-panel").getByText("41.5").first().waitFor();
  });

  test("other-webviews.md: a host in Node, and the panel in a page without a token", async (t) => {
    const user = folderOf(t, "other-webviews.md");
    compileBlocks(user, "other-webviews.md");
    const { outputFiles } = await build({ ...AS_PAGE, entryPoints: [join(user.folder, "page.ts")], write: false });
    const server = await serve({ files: webviewFiles(outputFiles[0].contents) });
    t.after(() => server.close());
    const opened = await openWebview(browser, `${server.base}/`, { object: "ide" });
    await build({
      entryPoints: [join(user.folder, "host.ts"), join(user.folder, "panel-host.ts")],
      outdir: user.folder,
      outExtension: { ".js": ".mjs" },
      format: "esm",
    });
    const { showCredits } = await import(pathToFileURL(join(user.folder, "host.mjs")).href);
    const { panelHost } = await import(pathToFileURL(join(user.folder, "panel-host.mjs")).href);
    const copied = [];
    const ide = { language: "en", clipboard: async (text) => copied.push(text) };
    const channel = {
      post: opened.webview.postMessage,
      listen: (listener) => opened.webview.onDidReceiveMessage(listener).dispose,
    };
    const host = { token: async () => token(), read: async () => undefined, write: async () => {} };
    const stop = await showCredits(channel, host, panelHost(ide), server.base);
    t.after(stop);
    await opened.load();
    await opened.page.locator("costrict-credit-panel").getByText("41.5").first().waitFor();
    assert.deepEqual(opened.failures, []);
    for (const text of opened.crossed) assert.ok(!text.includes(token()));
  });

  /** Runs a program of a page as its reader does. */
  const runProgram = (user, args, env = {}) =>
    run(process.execPath, args, { cwd: user.folder, env: { PATH: process.env.PATH, HOME: user.folder, ...env } });

  test("node.md: the balance, and a request whose credits are held", async (t) => {
    const user = folderOf(t, "node.md");
    const answer = JSON.stringify({ choices: [{ message: { content: "It adds two numbers." } }] });
    const chat = { type: "application/json", body: answer };
    const server = await serve({ files: { "/chat-rag/api/v1/chat/completions": chat } });
    t.after(() => server.close());
    const env = {
      COSTRICT_BASE_URL: server.base,
      COSTRICT_TOKEN: token(),
      COSTRICT_CREDIT_HOME: join(user.folder, "state"),
    };
    assert.equal((await runProgram(user, ["balance.mjs"], env)).stdout, "known 41.5\n");
    const { stdout } = await runProgram(user, ["ask.mjs"], env);
    assert.match(stdout, /^about \d[\d.]* credits\nIt adds two numbers\.\n.*\d/);
    const { COSTRICT_TOKEN: _, ...signedOut } = env;
    assert.match((await runProgram(user, ["balance.mjs"], signedOut)).stdout, /^signed_out /);
    // Not sent, and it says why.
    assert.match((await runProgram(user, ["ask.mjs"], signedOut)).stdout, /\nsigned_out\nno receipt\n$/);
  });

  test("self-hosted.md: what the check prints is what its table says", async (t) => {
    const user = folderOf(t, "self-hosted.md");
    const server = await serve({
      files: { "/other/quota-manager/api/v1/quota": { type: "text/html", body: "hello" } },
    });
    const check = async (address, env = { COSTRICT_TOKEN: token() }) =>
      (await runProgram(user, ["check.mjs", address], env)).stdout;
    assert.equal(await check(`${server.base}/`), "known \n");
    assert.equal(await check(server.base, {}), "signed_out \n");
    assert.match(await check(server.base, { COSTRICT_TOKEN: "no token of a user" }), /^sign_in_again/);
    assert.match(await check(`${server.base}/other`), /^(unavailable|malformed|unsupported)/);
    await server.close();
    assert.match(await check(server.base), /^network ./);
    await assert.rejects(check("no address"), /usage: node check\.mjs/);
  });

  /** Starts the extension of a folder in an editor without a window. */
  const startEditor = async (t, user, entry, { manifest = BARE, settings = {}, options }) => {
    const shape = { prefix: "myExtension", home: user.folder, host: "node", entry, options, manifest };
    const editor = await FakeEditor.start(settings, shape);
    t.after(() => editor.stop());
    return editor;
  };
  const shows = (editor, text) => until(text, () => (editor.item.text?.includes(text) ? true : undefined));

  test("vscode.md: built as printed, the status bar shows the balance, and a request reads it again", async (t) => {
    const user = folderOf(t, "vscode.md");
    compileBlocks(user, "vscode.md");
    await runProgram(user, ["build.mjs"]);
    const server = await serve();
    t.after(() => server.close());
    const editor = await startEditor(t, user, "dist/extension.js", {
      manifest: JSON.parse(blocksOf("vscode.md").get("package.json")),
      settings: { "myExtension.baseUrl": server.base },
    });
    await until("the way to sign in", () => (editor.item.command === "myExtension.signIn" ? true : undefined));
    await editor.signIn(token());
    await shows(editor, "41.5");
    const readings = () => server.paths.filter((path) => path.endsWith("/quota")).length;
    const before = readings();
    editor.user.input = () => "Explain this function.";
    await editor.command("ask");
    await until("another reading", () => (readings() > before ? true : undefined));
  });

  test("vscode.md: an extension with a sign-in of its own gives its tokens", async (t) => {
    const user = folderOf(t, "vscode.md");
    await runProgram(user, ["build.mjs"]);
    user.write(
      "src/entry.ts",
      `import { creditsOf } from "./own-sign-in.js";
      export const activate = (context, { auth, baseUrl }) => creditsOf(context, auth, baseUrl);`,
    );
    const server = await serve();
    t.after(() => server.close());
    const auth = { getToken: async () => token(), onDidChange: () => ({ dispose() {} }), logIn: async () => {} };
    const editor = await startEditor(t, user, "src/entry.ts", { options: { auth, baseUrl: server.base } });
    await shows(editor, "41.5");
  });

  test("react-webview.md: the panel of the extension in a React page", async (t) => {
    const user = folderOf(t, "react-webview.md");
    compileBlocks(user, "react-webview.md");
    const { outputFiles } = await build({
      ...AS_PAGE,
      entryPoints: [join(user.folder, "page.tsx")],
      jsx: "automatic",
      write: false,
    });
    const server = await serve({ files: webviewFiles(outputFiles[0].contents) });
    t.after(() => server.close());
    user.write(
      "entry.ts",
      `import { createCredits } from "costrict-credit/vscode";
      import { showCredits } from "./provider.js";
      export const activate = (context, options) => ({ credits: createCredits(context, options), showCredits });`,
    );
    const options = { prefix: "myExtension", notices: false, settings: { baseUrl: server.base } };
    const editor = await startEditor(t, user, "entry.ts", { options });
    await editor.signIn(token());
    await shows(editor, "41.5");
    const opened = await openWebview(browser, `${server.base}/`, { factory: "acquireVsCodeApi" });
    const ends = [];
    const view = {
      webview: opened.webview,
      visible: true,
      onDidChangeVisibility: () => {},
      onDidDispose: (listener) => ends.push(listener),
    };
    await editor.api.showCredits(editor.api.credits, view);
    await opened.load();
    await opened.page.locator("costrict-credit-panel").getByText("41.5").first().waitFor();
    assert.deepEqual(opened.failures, []);
    for (const text of opened.crossed) assert.ok(!text.includes(token()));
    for (const end of ends) end();
    assert.equal(opened.listeners.size, 0);
  });
});
