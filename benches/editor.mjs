// The extension in a real VS Code: what its activation adds as the editor itself measures it, and how large the .vsix is.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";

import { report, reportTimes } from "./support/report.mjs";
import { installTools, vsce } from "../tests/editor/support/tools.mjs";

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
