// The extension in a real VS Code: what its activation adds, how long the panel takes from the key to the paint, and how
// large the .vsix is. The times are the editor's own, and the browser's.
import { spawnSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";

import { report, reportTimes } from "./support/report.mjs";
import { installTools, vsce } from "../tests/editor/support/tools.mjs";

const PAINTS = 20;
const ACTIVATIONS = 5;

const run = (program, ...args) => {
  const done = spawnSync(program, args, { encoding: "utf8", env: { ...process.env, VSCE: vsce } });
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}\n${done.stdout}${done.stderr}`);
};
installTools();
run("cargo", "build", "--quiet", "--profile", "fast", "--package", "costrict-credit-ledger");
for (const workspace of ["www", "vscode"]) run("npm", "run", "build", "--silent", "--workspace", workspace);
run(process.execPath, "vscode/package.mjs");
report("editor: .vsix", statSync("target/package/costrict-credit.vsix").size, "bytes");

const { World } = await import("../tests/editor/support/world.mjs");
const world = new World();
try {
  await world.start();
  writeFileSync(
    world.editor.path("user/User/keybindings.json"),
    JSON.stringify([{ key: "ctrl+alt+9", command: "costrictCredit.openPanel" }, { key: "ctrl+alt+8", command: "workbench.action.closeAllEditors" }]),
  );
  const { token, number } = await world.account(41.5);
  await world.window.statusItem.waitFor();
  await world.window.signIn(token);
  await world.window.statusSays(number);

  const activations = [];
  for (let at = 0; at < ACTIVATIONS; at += 1) {
    const window = await world.editor.window();
    await window.statusSays(number);
    activations.push(await activation(window));
    await window.page.close();
  }
  reportTimes("editor: activation", activations);
  reportTimes("editor: key to painted panel, warm", await paints(number));
} finally {
  await world.stop();
}

/** What the editor itself measured for the extension: loading its code, and its activate function. */
async function activation(window) {
  await window.command("Developer: Show Running Extensions");
  const row = window.page.locator(".runtime-extensions-editor .monaco-list-row", { hasText: "CoStrict Credits" });
  return window.until("the editor's measurement", async () => {
    const text = await row.locator(".activation-time, .time, .msg").allInnerTexts().catch(() => []);
    const found = /(\d+)\s*ms/.exec(text.join(" "));
    return found === null ? undefined : Number(found[1]);
  });
}

/** From the key that opens the tab to the frame after the panel has its number. */
async function paints(number) {
  const window = await world.editor.window({
    prepare: (page) =>
      page.addInitScript(() => {
        const now = () => performance.timeOrigin + performance.now();
        addEventListener("keydown", (event) => {
          if (event.key === "9") globalThis.pressedAt = now();
        }, true);
        if (!location.pathname.endsWith("/fake.html")) return;
        new MutationObserver((_changes, observer) => {
          if (document.querySelector("credit-panel .headline-value") === null) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => (globalThis.paintedAt = now())));
        }).observe(document, { childList: true, subtree: true });
      }),
  });
  await window.statusSays(number);
  const took = [];
  for (let at = -3; at < PAINTS; at += 1) {
    await window.page.keyboard.press("Control+Alt+9");
    const painted = await window.until("the panel", async () => {
      for (const frame of window.page.frames()) {
        const found = await frame.evaluate(() => globalThis.paintedAt).catch(() => undefined);
        if (found !== undefined) return found;
      }
      return undefined;
    });
    // The first ones fill caches.
    if (at >= 0) took.push(painted - (await window.page.evaluate(() => globalThis.pressedAt)));
    await window.page.keyboard.press("Control+Alt+8");
    await window.until("the tab to close", async () => (window.page.frames().some((frame) => frame.url().includes("/fake.html")) ? undefined : true));
  }
  return took;
}
