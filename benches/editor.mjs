// The extension in a real VS Code: its activation time as the editor measures it, the time from the command to the panel's first
// painted number, and the size of the .vsix. Both times are also measured of an extension that does nothing, which is the
// editor's own share. The activations are of windows with only one of the two extensions: those that start at the same time
// would slow each other down.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { installTools, vsce } from "../tests/editor/support/tools.mjs";
import { report, reportTimes } from "./support/report.mjs";

const ROUNDS = 20;

const EMPTY = {
  name: "empty",
  publisher: "credit-benches",
  version: "1.0.0",
  displayName: "Nothing at all",
  engines: { vscode: "^1.95.0" },
  extensionKind: ["workspace"],
  activationEvents: ["onStartupFinished"],
  main: "./extension.cjs",
  contributes: {
    viewsContainers: { activitybar: [{ id: "empty", title: "Nothing", icon: "icon.svg" }] },
    views: { empty: [{ id: "empty.view", type: "webview", name: "Nothing" }] },
  },
};
/** As little as a view can be: the page is one number and no script. */
const EMPTY_CODE = `const { window } = require("vscode");
exports.activate = () => window.registerWebviewViewProvider("empty.view", {
  resolveWebviewView: (view) => { view.webview.options = { enableScripts: true }; view.webview.html = '<p class="headline-value">1</p>'; },
});`;

const run = (program, ...args) => {
  const done = spawnSync(program, args, { encoding: "utf8", env: { ...process.env, VSCE: vsce } });
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}\n${done.stdout}${done.stderr}`);
};
installTools();
run("cargo", "build", "--quiet", "--profile", "fast", "--package", "costrict-credit-ledger");
for (const workspace of ["www", "vscode"]) run("npm", "run", "build", "--silent", "--workspace", workspace);
run(process.execPath, "vscode/package.mjs");
report("editor: .vsix", statSync("target/package/costrict-credit.vsix").size, "bytes");

const { Editor } = await import("../tests/editor/support/editor.mjs");
const { World } = await import("../tests/editor/support/world.mjs");

const world = new World();
try {
  await world.start();
  const { token, number } = await world.account(41.5);
  await world.window.statusItem.waitFor();
  await world.window.signIn(token);
  await world.window.statusSays(number);
  reportTimes(
    "editor: activation",
    await activations(world.editor, "CoStrict Credits", (window) => window.statusSays(number)),
  );

  await world.editor.add(EMPTY, EMPTY_CODE);
  await world.inWindow({ prepare: watchPaint }, async (window) => {
    await window.statusSays(number);
    for (const [view, command] of [
      ["panel", "costrictCredit.showAccount"],
      ["empty view", "empty.view.focus"],
    ]) {
      reportTimes(`editor: command to painted ${view}`, await paints(window, command, forgetWorkers));
      reportTimes(
        `editor: command to painted ${view}, behind a worker of the view before`,
        await paints(window, command),
      );
    }
  });
} finally {
  await world.stop();
}

const bare = await Editor.start({}, { bare: true });
try {
  await bare.add(EMPTY, EMPTY_CODE);
  reportTimes("editor: activation of an empty extension", await activations(bare, EMPTY.displayName, () => {}));
} finally {
  await bare.stop();
}

/** One activation in each of so many windows. */
async function activations(editor, name, settled) {
  const times = [];
  for (let at = 0; at < ROUNDS; at += 1) {
    const window = await editor.window();
    await settled(window);
    await window.command("Developer: Show Running Extensions");
    times.push(await activation(window, name));
    await window.close();
  }
  return times;
}

/** What the editor itself measured for an extension: loading its code, and its activate function. */
function activation(window, name) {
  const list = window.page.locator(".runtime-extensions-editor");
  const row = list.locator(".monaco-list-row", { hasText: name });
  return window.until(`the editor's measurement of ${name}`, async () => {
    const text = await row
      .locator(".activation-time")
      .allInnerTexts()
      .catch(() => []);
    const found = /(\d+)\s*ms/.exec(text.join(" "));
    if (found !== null) return Number(found[1]);
    // The list has only those rows that are in view, the slowest extension first.
    await list.hover();
    await window.page.mouse.wheel(0, 200);
    return undefined;
  });
}

/** In every frame that gets a headline: the time after the first frame that was painted with it. */
async function watchPaint(page) {
  await page.addInitScript(() => {
    if (globalThis === globalThis.top) return;
    // The editor writes the page into a frame that is there already: only timers outlive that.
    const look = () => {
      const panel = document.querySelector("costrict-credit-panel")?.shadowRoot;
      if (!panel?.querySelector(".headline-value")?.textContent.trim()) return setTimeout(look, 1);
      requestAnimationFrame(() =>
        setTimeout(() => (globalThis.paintedAt = performance.timeOrigin + performance.now())),
      );
    };
    look();
  });
}

/** From sending the command that shows a view to its number on the screen. The view is open in no window before. */
async function paints(window, command, prepare = () => {}) {
  const times = [];
  for (let at = -1; at < ROUNDS; at += 1) {
    await window.inHost(({ vscode }) => vscode.commands.executeCommand("workbench.view.explorer"));
    await window.until("the view to be gone", async () => (frames(window).length === 0 ? true : undefined));
    await prepare(window);
    const sent = await window.inHost(async ({ vscode }, command) => {
      const now = performance.timeOrigin + performance.now();
      await vscode.commands.executeCommand(command);
      return now;
    }, command);
    const painted = await window.until("the number to be painted", async () => {
      const found = await Promise.all(
        frames(window).map((frame) => frame.evaluate(() => globalThis.paintedAt).catch(() => undefined)),
      );
      return found.find((time) => time !== undefined);
    });
    // The first one warms the editor up.
    if (at >= 0) times.push(painted - sent);
  }
  return times;
}

/**
 * Editors 1.99 and 1.100 give each view a service worker of its own under the same scope (microsoft/vscode#245756), and
 * Chromium lets a worker that replaces another wait for a second. Without the one before, a view opens as the first
 * of a browser does.
 */
async function forgetWorkers(window) {
  await window.page.evaluate(async () => {
    for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister();
  });
}

function frames(window) {
  return window.page.frames().filter((frame) => frame.url().includes("/fake.html"));
}
