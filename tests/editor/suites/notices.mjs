// Notices, over two windows. Begins and leaves "ann" signed in.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { testsOf } from "../support/tests.mjs";

export function notices(world) {
  const { after, before, it } = testsOf(world);

  describe("notices", () => {
    let ledger, window, second, bob;

    const count = async (text) =>
      (await Promise.all([window, second].map((one) => one.notice(text).count()))).reduce((sum, count) => sum + count);
    /** Refreshes both windows until one of them has the ledger's current balance. */
    const read = async () => {
      const number = await world.remaining(bob.token);
      for (const one of [window, second]) {
        await one.until(number, async () => {
          await one.command("CoStrict: Refresh credits");
          return (await one.statusItem.innerText()).trim() === number ? true : undefined;
        });
      }
    };
    /** Waits until one of the windows shows the notice, and keeps it there. */
    const findNotice = async (text) => {
      await window.until(`one notice of ${text}`, async () => ((await count(text)) === 1 ? true : undefined));
      const owner = (await window.notice(text).count()) === 1 ? window : second;
      await owner.keepNotices();
      await owner.notice(text).waitFor();
      return owner;
    };
    const give = (amount) => ledger.admin("POST", `/accounts/${bob.id}/grants`, { amount, valid_days: 20 });

    before(async () => {
      ({ ledger, window } = world);
      await world.home();
      bob = await world.account(5);
      await window.signIn(bob.token);
      second = await world.editor.window();
      for (const one of [window, second]) await one.statusShows(bob.number);
      for (const one of [window, second]) await one.configure({ "costrictCredit.notices": true });
    });
    after(async () => {
      await second?.close();
      await window.closeNotices();
      await world.home();
    });

    it("show an episode once, in one of the windows", async () => {
      await give(3);
      await read();
      const owner = await findNotice(/3 credits were added/);
      await read();
      assert.equal(await count(/were added/), 1);
      // One at a time: the next one waits until this one is answered.
      await owner.closeNotices();
    });

    it("of a kind that is turned off for good never come again", async () => {
      await give(4);
      await read();
      const owner = await findNotice(/4 credits were added/);
      await owner
        .notice(/4 credits/)
        .locator(".monaco-button", { hasText: "Don't show again" })
        .click();
      const muted = () =>
        owner.inHost(({ vscode }) => vscode.workspace.getConfiguration("costrictCredit").get("mutedNotices"));
      await window.until("the setting", async () => ((await muted()).includes("granted") ? true : undefined));
    });

    it("stay away after a snooze", async () => {
      const expires = new Date(Date.now() + 12 * 3_600_000).toISOString().replace(/\.\d+Z/, "Z");
      await ledger.admin("POST", `/accounts/${bob.id}/grants`, { amount: 6, expires });
      await read();
      const owner = await findNotice(/expire/);
      await owner
        .notice(/expire/)
        .locator(".monaco-button", { hasText: "Remind me later" })
        .click();
      await owner.notice(/expire/).waitFor({ state: "detached" });
      await read();
      assert.equal(await count(/expire/), 0);
    });
  });
}
