// examples/message-channel from the packed tarball: a host in Node, a React page in Chromium, and one channel between them.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { install, root } from "./install.mjs";
import { serve, token } from "./server.mjs";

const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'";

const user = install();
for (const name of ["esbuild", "@esbuild", "typescript", "@typescript", "undici-types", "csstype", "scheduler"])
  user.link(name);
for (const name of ["react", "react-dom", "@types/node", "@types/react", "@types/react-dom"]) user.link(name);
user.copy(join(root, "examples/message-channel"), ".");

let server;
let browser;
const profile = mkdtempSync(join(tmpdir(), "costrict-credit-"));
before(async () => {
  user.run(join(root, "node_modules/typescript/bin/tsc"), "-p", user.folder);
  user.run("build.mjs");
  const page = '<!doctype html><html lang="en"><title>page</title><script type="module" src="/page.js"></script>';
  server = await serve({
    files: {
      "/": { type: "text/html", body: page },
      "/page.js": { type: "text/javascript", body: readFileSync(join(user.folder, "dist/page.js")) },
    },
  });
  browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
  user.remove();
  rmSync(profile, { recursive: true, force: true });
});

/** The page of the example in a browser tab, and its webview as the host sees it. Messages pass as text, as between processes. */
async function openWebview() {
  const page = await browser.newPage();
  const listeners = new Set();
  const crossed = [];
  const asText = (message) => {
    crossed.push(JSON.stringify(message));
    return crossed.at(-1);
  };
  await page.exposeFunction("postToHost", (text) => {
    crossed.push(text);
    for (const listener of [...listeners]) listener(JSON.parse(text));
  });
  await page.addInitScript(() => {
    globalThis.acquireVsCodeApi = () => ({ postMessage: (message) => globalThis.postToHost(JSON.stringify(message)) });
  });
  await page.route(`${server.base}/`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": POLICY } });
  });
  const webview = {
    postMessage: (message) => page.evaluate((text) => globalThis.postMessage(JSON.parse(text), "*"), asText(message)),
    onDidReceiveMessage: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
  };
  return { page, webview, crossed, listeners };
}

test("the panel and the program's own messages share one channel, and no token crosses it", async (t) => {
  const { showCredits } = await import(pathToFileURL(join(user.folder, "dist/host.js")).href);
  const { page, webview, crossed, listeners } = await openWebview();
  const failures = [];
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (message) => message.type() === "error" && failures.push(message.text()));
  const logged = [];
  const copied = [];
  const stop = await showCredits(webview, {
    baseUrl: server.base,
    token: async () => token(),
    signIn: async () => {},
    openLink: async () => {},
    copy: async (text) => void copied.push(text),
    saveFile: async () => true,
    locale: "zh-CN",
    log: (...line) => logged.push(line),
  });
  t.after(stop);
  await page.goto(`${server.base}/`);
  // The balance of the server, in the language of the host.
  await page.locator("costrict-credit-panel").getByText("41.5").first().waitFor();
  await page.locator("costrict-credit-panel").getByText("余额").first().waitFor();
  await page.getByRole("button", { name: "no task" }).click();
  await page.getByRole("button", { name: "Explain" }).waitFor();
  assert.deepEqual(failures, []);
  assert.deepEqual(logged, []);
  assert.ok(crossed.length > 3);
  for (const text of crossed) {
    assert.ok(!text.includes(token()), "a token in a message");
    assert.ok(["costrictCredit", "startTask", "taskStarted"].includes(JSON.parse(text).type), text.slice(0, 80));
  }
  stop();
  assert.equal(listeners.size, 0);
});
