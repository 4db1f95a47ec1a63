// The same extension in the web worker host, where there is neither Node nor a file system of one's own; in Chinese.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Ledger } from "../panel/support/ledger.mjs";
import { Editor } from "./support/editor.mjs";

describe("the extension in the web worker host", () => {
  let ledger, editor, window;

  /** A new account that was given credits, and what the ledger says is left. */
  const account = async (amount) => {
    const token = await ledger.token(await ledger.account({ amount, valid_days: 20, source: "weekly" }));
    const { total_quota: total, used_quota: used } = await ledger.ask(token, "/quota-manager/api/v1/quota");
    return { token, number: String(total - used) };
  };

  before(async () => {
    ledger = await Ledger.start();
    const settings = { "costrictCredit.baseUrl": ledger.url, "costrictCredit.language": "zh-CN" };
    editor = await Editor.start({ host: "web", settings });
    window = await editor.window();
  });
  after(async () => {
    await editor?.stop();
    await ledger?.stop();
  });

  it("shows the ledger's number in status bar and panel after signing in", async () => {
    const { token, number } = await account(41.5);
    await window.statusItem.waitFor();
    await window.signIn(token);
    await window.statusSays(number);
    const panel = await window.openSideBar();
    await panel.locator(".headline-value", { hasText: number }).waitFor();
    assert.match(await panel.locator("body").innerText(), /积分/);
    const bearers = (await ledger.admin("GET", "/requests")).requests.filter(({ bearer }) => bearer);
    assert.ok(bearers.length > 0);
  });

  it("follows another account", async () => {
    const { token, number } = await account(7);
    await window.command("CoStrict: Sign in to CoStrict credits");
    await window.answer(token);
    await window.statusSays(number);
    const panel = await window.panel();
    await panel.locator(".headline-value", { hasText: number }).waitFor();
  });

  it("breaks no policy and asks no other host", () => {
    assert.deepEqual(editor.violations, []);
    assert.deepEqual([...editor.outside], []);
  });
});
