// examples/message-channel from the packed tarball: a host in Node, a React page in Chromium, and one channel between them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { install, root } from "./install.mjs";
import { serve, token } from "./server.mjs";
import { openBrowser, openWebview } from "./webview.mjs";

const user = install();
for (const name of ["esbuild", "@esbuild", "typescript", "@typescript", "undici-types", "csstype", "scheduler"])
  user.link(name);
for (const name of ["react", "react-dom", "@types/node", "@types/react", "@types/react-dom"]) user.link(name);
user.copy(join(root, "examples/message-channel"), ".");

let server;
let browser;
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
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
  user.remove();
});

test("the panel and the program's own messages share one channel, and no token crosses it", async (t) => {
  const { showCredits } = await import(pathToFileURL(join(user.folder, "dist/host.js")).href);
  const opened = await openWebview(browser, `${server.base}/`, { factory: "acquireVsCodeApi" });
  const { page, webview, crossed, listeners, failures } = opened;
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
  await opened.load();
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
