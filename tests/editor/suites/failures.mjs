// What goes wrong around the extension: a clear word, and what still holds goes on. "ann" is signed in and stays so.
import assert from "node:assert/strict";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "node:test";

import { Forwarder } from "../support/forwarder.mjs";
import { testsOf } from "../support/tests.mjs";

export function failures(world) {
  const { after, before, it } = testsOf(world);

  describe("failures", () => {
    let ledger, editor, window, number;

    before(async () => {
      ({ ledger, editor, window } = world);
      await world.home();
      number = await world.remaining(world.demoToken);
    });

    /** Refreshes until the panel shows a problem with these words, or none. */
    const refreshUntil = async (one, words) => {
      await one.openSideBar();
      return one.until(words === undefined ? "no problem" : String(words), async () => {
        await one.command("CoStrict: Refresh credits");
        // Not kept over the rounds: the editor may put another frame in the place of the first.
        const panel = await one.panel();
        const banners = await panel
          .locator(".banner")
          .allInnerTexts()
          .catch(() => ["?"]);
        return (words === undefined ? banners.length === 0 : banners.some((text) => words.test(text)))
          ? panel
          : undefined;
      });
    };

    it("corrupt storage files are as if they were not there", async () => {
      const files = (await readdir(editor.storage)).filter((name) => name.endsWith(".value"));
      assert.ok(files.length > 0);
      for (const [at, name] of files.entries()) {
        await writeFile(join(editor.storage, name), [Buffer.from([0xff, 0xfe, 0, 1]), "", '{"v":1', "null"][at % 4]);
      }
      await world.inWindow({}, async (fresh) => {
        await fresh.statusShows(number);
        await refreshUntil(fresh);
      });
    });

    it("a storage folder that cannot be written costs what is remembered, and nothing else", async () => {
      // A file in its place stops everybody, also a user who may write everywhere.
      await rename(editor.storage, `${editor.storage}.aside`);
      await writeFile(editor.storage, "");
      try {
        await world.inWindow({}, async (fresh) => {
          await fresh.until("the number", async () => {
            await fresh.command("CoStrict: Refresh credits");
            return (await fresh.statusItem.innerText()).includes(number) ? true : undefined;
          });
          await fresh.openSideBar();
          await fresh.panelHas(".headline-value", { text: number });
        });
      } finally {
        await rm(editor.storage);
        await rename(`${editor.storage}.aside`, editor.storage);
      }
    });

    it("an invalid address is named, and no request is sent", async () => {
      try {
        await window.configure({ "costrictCredit.baseUrl": "not an address" });
        await window.statusItem.locator(".codicon-warning").waitFor();
        const before = (await ledger.admin("GET", "/requests")).total;
        await window.command("CoStrict: Refresh credits");
        await window.notice(/baseUrl/).waitFor();
        await window.closeNotices();
        assert.equal((await ledger.admin("GET", "/requests")).total, before);
      } finally {
        await window.configure({ "costrictCredit.baseUrl": ledger.url });
      }
      await window.statusShows(number);
    });

    it("a token of another kind is refused in its box, and the user stays signed in", async () => {
      await window.command("CoStrict: Sign in to CoStrict credits");
      await window.choose("With a token");
      await window.page.locator(".quick-input-widget input[type=password]").fill("header.payload.signature");
      await window.page.locator(".quick-input-message", { hasText: "not a token of a CoStrict account" }).waitFor();
      await window.leaveQuestions();
      await window.statusShows(number);
    });

    describe("behind a proxy", () => {
      let proxy;

      before(async () => {
        proxy = await Forwarder.start(ledger.url);
        await window.configure({ "http.proxy": proxy.url, "http.proxySupport": "override" });
        // No name server knows this one: only the proxy finds the way.
        await window.configure({ "costrictCredit.baseUrl": "http://credits.invalid" });
        // A token is for the server that gave it: this one is asked for its own.
        await window.statusItem.filter({ hasText: "Signed out" }).waitFor();
        await window.signIn(world.demoToken);
      });
      after(async () => {
        await proxy?.stop();
        await world.home();
      });

      it("asks through the editor's proxy", async () => {
        // The number alone may still be the one that was shown before the settings changed.
        const asked = () => proxy.asked.some((address) => address.includes("credits.invalid"));
        await window.until("a request through the proxy", async () => asked() || undefined);
        await window.statusShows(number);
      });

      it("says what a proxy that refuses means, and keeps the number", async () => {
        proxy.refuses = 403;
        try {
          await refreshUntil(window, /no connection to the server/i);
          await window.panelHas(".headline-value", { text: number });
        } finally {
          proxy.refuses = undefined;
        }
        await refreshUntil(window);
      });
    });
  });
}
