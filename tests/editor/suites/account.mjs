// What a user with credits sees and does. Begins signed out, leaves "ann" signed in on an account with sixty days of
// history, side bar open.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { testsOf } from "../support/tests.mjs";
import { EXTENSION } from "../support/window.mjs";
import { CHAT } from "../support/world.mjs";

export function account(world) {
  const { after, before, it } = testsOf(world);

  describe("the account in the Node host", () => {
    let ledger, editor, window, second, token;

    const remaining = () => world.remaining(token);
    /** The second window, which the first test that needs it opens. */
    const beside = async () => (second ??= await editor.window());
    const newToken = async () => {
      await world.newDemoToken();
      token = world.demoToken;
    };

    before(async () => {
      ({ ledger, editor, window } = world);
      await newToken();
    });
    after(() => second?.close());

    it("shows the ledger's number in status bar, side bar and an editor tab", async () => {
      await window.signIn(token);
      const number = await remaining();
      await window.statusShows(number);
      await window.openSideBar();
      await window.openTab();
      await window.panelsSay(2, number);
    });

    it("shares one reading with a second window", async () => {
      const number = await remaining();
      // A reading of the first window that is still under way is waited for, and not counted as the second one's.
      await window.inHost(async ({ vscode }, extension) => {
        const { client } = await vscode.extensions.getExtension(extension).activate();
        await (await client()).refresh("open");
      }, EXTENSION);
      const before = await world.readings();
      await (await beside()).statusShows(number);
      assert.equal(await world.readings(), before);
    });

    it("says in its tooltip what the number means, with links", async () => {
      const { text, links } = await window.tooltip();
      assert.ok(text.includes(await remaining()), text);
      assert.match(text, /of .* used/);
      for (const link of ["Show credits", "Refresh credits", "Compare models", "Hide or show amounts"]) {
        assert.ok(
          links.some((said) => said.startsWith(link)),
          links.join(),
        );
      }
    });

    it("says before a request what it costs, holds that, and shows what was charged in all places and windows", async () => {
      const before = await remaining();
      await ledger.fault({ route: CHAT, latency_ms: 12_000, times: 1 });
      await window.command("CoStrict: Ask a model with a cost check");
      await window.answer("Explain burn-down.", "text");
      await window.agree("Send", /credit/);
      await window.panelHas(".held", { text: /held/ });
      const after = await window.until("the request to be charged", async () => {
        const now = await remaining();
        return now === before ? undefined : now;
      });
      await window.statusShows(after);
      // The answer is a new file in front of the tab, a little later than the charge.
      const answer = window.page.locator(".tabs-container .tab.active", { hasText: /Untitled/ });
      await answer.waitFor();
      await window.command("View: Revert and Close Editor");
      await answer.waitFor({ state: "detached" });
      await window.panelsSay(2, after);
      await window.panelHas(".held", { count: 0 });
      await (await beside()).statusShows(after);
    });

    it("takes a new budget at once, sends nothing over it, and says so", async () => {
      // What was sent before counts as this task's, too: the next one is over.
      const before = await world.chats();
      await window.configured({ "costrictCredit.budget.perTask.stop": 0.01 }, async () => {
        await window.command("CoStrict: Ask a model with a cost check");
        await window.answer("Explain holds.", "text");
        await window.agree("Send", /credit/);
        // What can be done about it, with the reason in place of a prompt.
        const choices = window.page.locator(".quick-input-list .monaco-list-row");
        await choices.filter({ hasText: "Change the limit in the settings" }).waitFor();
        await choices.filter({ hasText: "No limit" }).filter({ hasText: "This applies to this task only." }).waitFor();
        const box = window.page.locator(".quick-input-widget input[type=text]").first();
        assert.match(await box.getAttribute("placeholder"), /limit/i);
        await window.page.keyboard.press("Escape");
        assert.equal(await world.chats(), before);
      });
    });

    it("offers models with price, discount and the requests left, and keeps the choice", async () => {
      await window.command("CoStrict: Choose a model by price");
      const rows = window.page.locator(".quick-input-list .monaco-list-row");
      await rows.filter({ hasText: "Auto" }).filter({ hasText: "10% off" }).first().waitFor();
      const kimi = rows.filter({ hasText: "Kimi-K2-Moonshot" });
      await kimi.first().waitFor();
      assert.match(await kimi.first().innerText(), /10 credits[\s\S]*requests? left/);
      await window.choose("GLM-4.6");
      // Written to the settings first, and read from there.
      await window.until("the model in the tooltip", async () =>
        /on GLM-4\.6/.test((await window.tooltip()).text) ? true : undefined,
      );
    });

    it("compares all models for the clipboard", async () => {
      await window.page.evaluate(() => navigator.clipboard.writeText("Explain everything.".repeat(50)));
      await window.command("CoStrict: Compare models for the selection or the clipboard");
      const rows = window.page.locator(".quick-input-list .monaco-list-row");
      for (const model of ["GLM-4.6", "Kimi-K2-Moonshot", "Qwen-2.5-VL"])
        await rows.filter({ hasText: model }).first().waitFor();
      await window.page.keyboard.press("Escape");
    });

    it("takes the form of its status bar item from the settings at once", async () => {
      const number = await remaining();
      await window.configured({ "costrictCredit.statusBar": "icon" }, () =>
        window.statusItem.filter({ hasText: /^\s*$/ }).waitFor(),
      );
      await window.configured({ "costrictCredit.statusBar": "hidden" }, () =>
        window.statusItem.waitFor({ state: "hidden" }),
      );
      await window.statusShows(number);
    });

    it("hides amounts everywhere at once", async () => {
      const number = await remaining();
      try {
        await window.command("CoStrict: Hide or show amounts");
        await window.statusItem.filter({ hasText: /^\D*$/ }).waitFor();
        await window.until("two panels without amounts", async () => {
          const texts = await Promise.all(
            (await window.panels()).map((panel) =>
              panel
                .locator("body")
                .innerText()
                .catch(() => number),
            ),
          );
          return texts.length === 2 && texts.every((text) => !text.includes(number)) ? true : undefined;
        });
        await window.command("CoStrict: Hide or show amounts");
        await window.statusShows(number);
      } finally {
        await window.configure({ "costrictCredit.masked": null });
        await window.command("View: Close All Editors");
      }
    });

    it("keeps the number while the server is away, and says so", async () => {
      const known = await remaining();
      // Asked too soon, the core answers from what it has: ask until it asks the server.
      const refreshUntil = (banners) =>
        window.until(`${banners} problems`, async () => {
          await window.command("CoStrict: Refresh credits");
          const panel = await window.panel();
          return (await panel
            .locator(".banner")
            .count()
            .catch(() => -1)) === banners
            ? panel
            : undefined;
        });
      await ledger.halt();
      try {
        const panel = await refreshUntil(1);
        assert.equal((await panel.locator(".headline-value").innerText()).trim(), known);
      } finally {
        await ledger.resume();
      }
      await refreshUntil(0);
    });

    it("says that a token was revoked, keeps the last number, and goes on with a new one", async () => {
      const number = await remaining();
      const reply = await fetch(`${ledger.url}/oidc-auth/api/v1/plugin/login/logout`, {
        headers: { authorization: `Bearer ${token}` },
      });
      // From now on the old one opens nothing, for no test.
      await newToken();
      assert.equal(reply.status, 200);
      try {
        const panel = await window.until("the refusal to show", async () => {
          await window.command("CoStrict: Refresh credits");
          const found = await window.panel();
          return (await found
            .locator(".banner", { hasText: /sign-in|sign in/i })
            .count()
            .catch(() => 0)) === 1
            ? found
            : undefined;
        });
        assert.equal((await panel.locator(".headline-value").innerText()).trim(), number);
      } finally {
        await window.signIn(token);
      }
      await window.panelHas(".banner", { count: 0 });
      await window.statusShows(await remaining());
    });

    // A second window follows by itself where the editor notifies windows of changed secrets, which its web client does not.
    it("follows another account, shows nothing of the one before, and notifies the other window", async () => {
      const number = await remaining();
      const bob = await world.account(7);
      const other = await beside();
      await other.statusShows(number);
      try {
        await window.signIn(bob.token);
        await window.statusShows(bob.number);
        await window.panelHas(".headline-value", { text: bob.number });
        assert.ok(!(await (await window.panel()).locator(".panel").innerText()).includes(number));
        await other.notice("in another window").locator(".monaco-button", { hasText: "Reload this window" }).click();
        await other.statusShows(bob.number);
      } finally {
        await window.signIn(token);
      }
      await window.statusShows(number);
    });

    it("leaves the token nowhere", async () => {
      const panel = await window.panel();
      const secrets = [token, token.split(".")[1], token.split(".")[2]];
      const shown =
        (await window.page.content()) + (await panel.content()) + (await panel.locator(".root").innerHTML());
      for (const secret of secrets) assert.ok(!shown.includes(secret), "the page holds the token");
      let files = 0;
      for await (const { path, text } of editor.filesLeft("user", "server", "home", "folder", "tmp")) {
        files += 1;
        for (const secret of secrets) assert.ok(!text.includes(secret), `${path} holds the token`);
      }
      assert.ok(files > 5);
    });

    it("forgets the account on signing out", async () => {
      const readingsKept = async () => {
        const names = [];
        for await (const { path, text } of editor.filesLeft("home/.local/state")) {
          if (path.endsWith(".value") && text.includes('"total"')) names.push(path);
        }
        return names;
      };
      const before = (await readingsKept()).length;
      try {
        await window.command("CoStrict: Sign out of CoStrict credits");
        await window.panelHas(".headline-value", { count: 0 });
        assert.equal((await readingsKept()).length, before - 1);
      } finally {
        await window.signIn(token);
      }
      await window.statusShows(await remaining());
    });

    it("breaks no policy and asks no other host", () => {
      assert.deepEqual(editor.violations, []);
      assert.deepEqual([...editor.outside], []);
    });
  });
}
