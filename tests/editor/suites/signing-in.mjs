// Signing in and out. Leaves "ann" signed out, and the ledger with an unused account.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { Forwarder } from "../support/forwarder.mjs";
import { testsOf } from "../support/tests.mjs";

const LOGIN = "/oidc-auth/api/v1/plugin/login";

export function signingIn(world) {
  const { after, before, it } = testsOf(world);

  describe("signing in", () => {
    let ledger, window, forwarder, ann;

    before(async () => {
      ({ ledger, window } = world);
      // The editor's web client sends what is on 127.0.0.1 through a proxy of its own, which is not there.
      forwarder = await Forwarder.start(ledger.url, "127.0.0.2");
      await window.configure({ "costrictCredit.baseUrl": forwarder.url });
      await window.statusItem.waitFor();
    });
    after(async () => {
      await window.configure({ "costrictCredit.baseUrl": ledger.url });
      await forwarder?.stop();
    });

    /** Begins a sign-in, and lets the editor open the page. */
    const toTheBrowser = async () => {
      const opened = window.page.context().waitForEvent("page");
      await window.command("CoStrict: Sign in to CoStrict credits");
      await window.choose("In the browser");
      await window.agree("Open", /external website/);
      return opened;
    };

    it("is signed out at first, and sends no request", async () => {
      assert.equal((await window.statusItem.innerText()).trim(), "");
      assert.equal((await ledger.admin("GET", "/requests")).total, 0);
    });

    it("shows a welcome in the side bar, and leads from there to signing in", async () => {
      const panel = await window.openSideBar();
      await panel.locator("[data-action=sign_in]").first().click();
      await window.page.locator(".quick-input-list .monaco-list-row", { hasText: "In the browser" }).waitFor();
      await window.page.keyboard.press("Escape");
    });

    it("refuses what cannot be a token", async () => {
      await window.command("CoStrict: Sign in to CoStrict credits");
      await window.choose("With a token");
      await window.page.locator(".quick-input-widget input[type=password]").fill("two words");
      await window.page.locator(".quick-input-message", { hasText: "not a token" }).waitFor();
      await window.page.keyboard.press("Escape");
    });

    it("says that a server has no sign-in through the browser, before it opens one", async () => {
      await ledger.fault({ route: `${LOGIN}/token`, status: 404, times: 1 });
      await window.command("CoStrict: Sign in to CoStrict credits");
      await window.choose("In the browser");
      await window.notice("no sign-in through the browser").waitFor();
      assert.equal(await world.asked(`GET ${LOGIN}`), 0);
      await window.closeNotices();
    });

    it("signs in through the browser: the page leads back with the state, the token comes from the server", async () => {
      ann = await world.account(41.5);
      await ledger.admin("POST", `/accounts/${ann.id}/login`);
      const login = await toTheBrowser();
      await login.getByText("Signed in", { exact: true }).waitFor();
      await window.notice("Waiting for the sign-in").waitFor();
      const asked = await world.asked(`GET ${LOGIN}/token`);
      await login.locator("#back").click();
      await login.waitForURL(/\/callback\?/);
      await window.statusShows(ann.number);
      await login.close();
      // By the address, immediately, and not by the next of the polls.
      assert.ok((await world.asked(`GET ${LOGIN}/token`)) <= asked + 2);
    });

    it("has put no token into any address", async () => {
      const { requests } = await ledger.admin("GET", "/requests");
      assert.ok(requests.some(({ path, query }) => path === LOGIN && query.includes("state=")));
      for (const { path, query } of requests)
        assert.doesNotMatch(`${path}?${query}`, /eyJ|access_token|refresh_token/, path);
    });

    it("fetches the next token by itself when this one has ended", async () => {
      await ledger.admin("POST", `/accounts/${ann.id}/login`, { ttl_ms: 1_500 });
      const login = await toTheBrowser();
      await login.locator("#back").click();
      await login.waitForURL(/\/callback\?/);
      await login.close();
      const fetched = async (byRenewal) => {
        const { requests } = await ledger.admin("GET", "/requests");
        return requests.filter(
          ({ path, status, bearer }) => path === `${LOGIN}/token` && status === 200 && bearer === byRenewal,
        ).length;
      };
      await window.until("the short-lived token", async () => ((await fetched(false)) === 2 ? true : undefined));
      // The tokens after this one hold.
      await ledger.admin("POST", `/accounts/${ann.id}/login`);
      await window.until("another token", async () => {
        await window.command("CoStrict: Refresh credits");
        return (await fetched(true)) > 0 ? true : undefined;
      });
      await window.statusShows(ann.number);
      assert.equal(await fetched(true), 1);
    });

    it("ends the login at the server on signing out", async () => {
      await window.command("CoStrict: Sign out of CoStrict credits");
      await window.until("the server to hear of it", async () =>
        (await world.asked("GET /oidc-auth/api/v1/plugin/login/logout")) > 0 ? true : undefined,
      );
      await window.statusItem.filter({ hasText: "Signed out" }).waitFor();
      await window.panelHas("[data-action=sign_in]");
    });
  });
}
