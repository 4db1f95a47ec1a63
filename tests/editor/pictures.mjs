// Takes the pictures of docs/screenshots/editor in a real editor with a real ledger's demo account:
// node tests/editor/pictures.mjs OUT
// Build panel, extension and ledger first, and pack the extension.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { World } from "./support/world.mjs";

const WIDTH = 1000;
const HEIGHT = 640;
const [LIGHT, DARK, CONTRAST] = ["Default Light Modern", "Default Dark Modern", "Default High Contrast"];

const [folder] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const world = new World();

/** A picture of the window, or of a part of it. */
const picture = async (window, name, clip) => {
  // No tooltip of whatever the pointer happens to rest on.
  if (name !== "tooltip") await window.page.mouse.move(WIDTH / 2, HEIGHT - 60);
  await window.page.screenshot({
    path: join(folder, `${name}.png`),
    animations: "disabled",
    caret: "hide",
    ...(clip && { clip }),
  });
};
/** The rectangle around everything that matches, with some room. */
const around = async (window, selector, room = 12) => {
  const boxes = (await Promise.all((await window.page.locator(selector).all()).map((one) => one.boundingBox()))).filter(
    Boolean,
  );
  const [x, y] = [Math.min(...boxes.map((box) => box.x)) - room, Math.min(...boxes.map((box) => box.y)) - room];
  const [right, bottom] = [
    Math.max(...boxes.map((box) => box.x + box.width)) + room,
    Math.max(...boxes.map((box) => box.y + box.height)) + room,
  ];
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  return { x: left, y: top, width: Math.min(WIDTH, right) - left, height: Math.min(HEIGHT, bottom) - top };
};
const theme = async (window, name, kind) => {
  await window.configure({ "workbench.colorTheme": name });
  await window.panelHas(`body.${kind}`);
};
/** The side bar with an account in it, all of it loaded. */
const account = async (window) => {
  await window.openSideBar();
  await window.panelHas(".headline-value");
  await window.panelHas(".rung .line");
};
const openFile = (window) =>
  window.inHost(async ({ vscode }) => {
    const [folder] = vscode.workspace.workspaceFolders;
    await vscode.window.showTextDocument(vscode.Uri.joinPath(folder.uri, "prompt.txt"));
  });

try {
  await world.start();
  const { window } = world;
  await window.page.setViewportSize({ width: WIDTH, height: HEIGHT });
  await window.statusItem.waitFor();
  await openFile(window);
  await window.openSideBar();
  await theme(window, LIGHT, "vscode-light");
  await picture(window, "signed-out");

  await world.home();
  await window.closeNotices();
  await account(window);
  await theme(window, LIGHT, "vscode-light");
  await picture(window, "side-bar-light");
  await theme(window, DARK, "vscode-dark");
  await picture(window, "side-bar-dark");
  await theme(window, CONTRAST, "vscode-high-contrast");
  await picture(window, "side-bar-high-contrast");

  await theme(window, DARK, "vscode-dark");
  await window.tooltip();
  await picture(window, "tooltip", await around(window, ".monaco-hover:visible, .statusbar-item:visible"));

  await window.command("CoStrict: Choose a model by price");
  await window.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
  await picture(window, "models", await around(window, ".quick-input-widget", 0));
  await window.page.keyboard.press("Escape");

  await window.command("View: Close Primary Side Bar");
  await window.command("CoStrict: Open credits in a tab");
  await window.panelHas(".rung .line");
  await picture(window, "tab-dark");
  await window.command("View: Close All Editors");

  await window.configure({ "costrictCredit.notices": true });
  await world.ledger.admin("POST", `/accounts/${world.demoId}/grants`, { amount: 50, valid_days: 20 });
  await window.until("a notice", async () => {
    await window.command("CoStrict: Refresh credits");
    return (await window.notice(/were added/).count()) > 0 ? true : undefined;
  });
  await picture(
    window,
    "notice",
    await around(window, ".notifications-toasts .notification-toast-container, .statusbar-item:visible"),
  );
  await window.configure({ "costrictCredit.notices": false });

  await world.inWindow({ person: "bob", language: "zh-CN" }, async (chinese) => {
    await chinese.page.setViewportSize({ width: WIDTH, height: HEIGHT });
    await chinese.statusItem.waitFor();
    await openFile(chinese);
    await chinese.command("CoStrict: 登录 CoStrict 积分");
    await chinese.choose("使用令牌");
    await chinese.answer(world.demoToken);
    await chinese.command("CoStrict: 查看积分");
    await chinese.panelHas(".rung .line");
    await picture(chinese, "side-bar-chinese");
  });
} finally {
  await world.stop();
}
