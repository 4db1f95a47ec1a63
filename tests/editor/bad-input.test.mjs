// Settings and pastes that are wrong: a clear word, and nothing is sent anywhere.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Editor } from "./support/editor.mjs";

describe("bad input", () => {
  let editor, window;

  before(async () => {
    editor = await Editor.start({ settings: { "costrictCredit.baseUrl": "not an address" } });
    window = await editor.window();
    await window.statusItem.waitFor();
  });
  after(() => editor?.stop());

  it("refuses what cannot be a token", async () => {
    await window.statusItem.click();
    await window.page.locator(".quick-input-widget input[type=password]").fill("two words");
    await window.page.locator(".quick-input-message", { hasText: "not a token" }).waitFor();
    await window.page.keyboard.press("Escape");
  });

  it("says that the server's address is none, and asks no other server", async () => {
    await window.signIn("header.payload.signature");
    await window.statusItem.locator(".codicon-warning").waitFor();
    await window.command("CoStrict: Refresh credits");
    await window.page.locator(".notifications-toasts", { hasText: /baseUrl/ }).waitFor();
    assert.deepEqual([...editor.outside], []);
  });
});
