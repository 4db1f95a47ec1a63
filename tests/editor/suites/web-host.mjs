// The same extension in the web worker host, where there is neither Node nor a file system of one's own. Another person,
// who is signed out at first.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { testsOf } from "../support/tests.mjs";

export function webHost(world) {
  const { after, before, it } = testsOf(world);

  describe("the extension in the web worker host", () => {
    let window;

    before(async () => {
      await world.home();
      await world.window.configure({
        "remote.extensionKind": { "costrict-credit.costrict-credit-vscode": ["web"] },
        "costrictCredit.language": "zh-CN",
      });
      window = await world.editor.window({ person: "eve" });
    });
    after(() => window?.close());

    it("shows the ledger's number in status bar and panel after signing in", async () => {
      const { token, number } = await world.account(41.5);
      await window.statusItem.waitFor();
      await window.signIn(token);
      await window.statusShows(number);
      await window.openSideBar();
      await window.panelHas(".headline-value", { text: number });
      assert.match(await (await window.panel()).locator(".panel").innerText(), /积分/);
      // The requests come from a page's worker.
      const { requests } = await world.ledger.admin("GET", "/requests");
      assert.match(requests.filter(({ bearer }) => bearer).at(-1).headers["user-agent"], /Mozilla/);
    });

    it("follows another account", async () => {
      const { token, number } = await world.account(7);
      await window.signIn(token);
      await window.statusShows(number);
      await window.panelHas(".headline-value", { text: number });
    });

    it("breaks no policy and asks no other host", () => {
      assert.deepEqual(world.editor.violations, []);
      assert.deepEqual([...world.editor.outside], []);
    });
  });
}
