// Signing in, staying signed in and signing out, in one window and in several, on a fake editor.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { Stage, tokenOf } from "./support/stage.mjs";
import { until } from "./support/until.mjs";

const LOGIN = "/oidc-auth/api/v1/plugin/login/token";
const LOGOUT = "/oidc-auth/api/v1/plugin/login/logout";
const OLD_LOGOUT = "/oidc-auth/api/v1/plugin/logout";
const ENDED = "header.payload.signature";

describe("signing in and out", () => {
  const stage = new Stage();
  let folder;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "credit-sign-in-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const inBrowser = (editor) => {
    editor.user.pick = (items) => items.find(({ label }) => label.includes("browser"));
    return editor.command("signIn");
  };
  const pair = (address, token = tokenOf({ universal_id: "u", iat: 1 })) =>
    Response.json({
      data: { access_token: token, refresh_token: "next", state: new URL(address).searchParams.get("state") },
    });

  describe("a login that the server cannot do", () => {
    for (const [status, body, pattern] of [
      [503, { code: "oidc-auth.concurrentLimitExceeded", message: "secret words of the server" }, /too many sign-ins/],
      [500, {}, /HTTP 500/],
      [502, "<html>", /HTTP 502/],
    ]) {
      it(`is said before a page is opened (${status})`, async () => {
        const editor = await stage.editor();
        stage.answer = (address) =>
          address.includes(LOGIN) ? new Response(JSON.stringify(body), { status }) : undefined;
        await inBrowser(editor);
        const { text } = await stage.message(editor, pattern);
        assert.doesNotMatch(text, /secret words/);
        assert.deepEqual(editor.opened, []);
      });
    }

    it("is said with the first poll that meets it, once, and the login goes on", async () => {
      const editor = await stage.editor();
      const { token } = await stage.account();
      let polls = 0;
      stage.answer = (address) => {
        if (!address.includes(LOGIN)) return undefined;
        polls += 1;
        if (polls === 1) return new Response("", { status: 401 });
        return polls < 4
          ? Response.json({ code: "oidc-auth.concurrentLimitExceeded" }, { status: 503 })
          : pair(address, token);
      };
      const waiting = inBrowser(editor);
      await stage.message(editor, /too many sign-ins/);
      assert.equal(polls, 2);
      await waiting;
      await stage.statusShows(editor, "41.5");
      assert.equal(editor.messages.filter(({ text }) => /too many/.test(text)).length, 1);
    });
  });

  it("the address of the login is opened, and is in no message, error or log", async () => {
    const editor = await stage.editor();
    stage.answer = (address) => (address.includes(LOGIN) ? new Response("", { status: 401 }) : undefined);
    editor.failing.set("open", new Error("cannot open https://x.example/login?state=0123456789abcdef0123456789abcdef"));
    await inBrowser(editor);
    await stage.message(editor, /Could not open the page/);
    const state = /state=(\w+)/.exec(editor.opened[0])[1];
    const all = JSON.stringify([editor.messages, editor.log]);
    assert.ok(!all.includes(state) && !all.includes("0123456789abcdef"));
  });

  it("the address that hands the sign-in over to the account page is opened, and is nowhere else", async () => {
    const editor = await stage.editor();
    const { token } = await stage.account();
    await editor.signIn(token);
    await stage.statusShows(editor, "41.5");
    const page = await stage.page(editor);
    editor.failing.set("open", new Error("cannot open that address"));
    page.send({ type: "open", openAccount: "usage" });
    const address = await until("the page", () => editor.opened[0]);
    await stage.message(editor, /Could not open the page/);
    const state = /state=([^&]+)/.exec(address)[1];
    assert.ok(!JSON.stringify([editor.messages, editor.log, page.posted]).includes(state));
  });

  it("signing out ends the token by the route of today, and by the older one where that is missing", async () => {
    for (const [status, routes] of [
      [200, [LOGOUT]],
      [404, [LOGOUT, OLD_LOGOUT]],
    ]) {
      const editor = await stage.editor();
      await editor.signIn(ENDED, "renewal");
      stage.sent = [];
      stage.answer = (address) => {
        if (address.includes(LOGOUT)) return new Response("", { status });
        return address.includes("/logout")
          ? new Response("")
          : address.includes(LOGIN)
            ? new Response("", { status: 503 })
            : undefined;
      };
      await editor.command("signOut");
      const sent = stage.sentTo("/logout");
      assert.deepEqual(
        sent.map(({ address }) => new URL(address).pathname),
        routes,
      );
      assert.ok(sent.every(({ bearer }) => bearer === ENDED));
      assert.equal(editor.token, undefined);
      assert.deepEqual(editor.messages, []);
    }
  });

  it("a server that does not confirm signing out is mentioned", async () => {
    const editor = await stage.editor();
    await editor.signIn(ENDED, "renewal");
    stage.answer = (address) => (address.includes("/plugin/") ? new Response("", { status: 500 }) : undefined);
    await editor.command("signOut");
    assert.equal(editor.token, undefined);
    assert.equal((await stage.message(editor, /did not confirm/)).kind, "warning");
  });

  describe("a token", () => {
    it("is sent to the server that gave it, and to no other: no request, no renewal, no logout", async () => {
      const editor = await stage.editor();
      const { token } = await stage.account();
      await editor.signIn(token, "renewal");
      await stage.statusShows(editor, "41.5");
      const other = stage.ledger.url.replace("127.0.0.1", "localhost");
      editor.configure({ baseUrl: other });
      await stage.message(editor, /has changed/);
      await until("the sign-in", () => (editor.contexts["costrictCredit.signedOut"] === true ? true : undefined));
      await editor.command("refresh");
      await editor.command("signOut");
      assert.deepEqual(
        stage.sentTo("localhost").filter(({ bearer }) => bearer !== undefined),
        [],
      );
      assert.deepEqual(stage.sentTo("/logout"), []);
    });

    it("holds again when the address is changed back", async () => {
      const editor = await stage.editor();
      const { token } = await stage.account();
      await editor.signIn(token);
      await stage.statusShows(editor, "41.5");
      editor.configure({ baseUrl: stage.ledger.url.replace("127.0.0.1", "localhost") });
      await stage.message(editor, /has changed/);
      editor.configure({ baseUrl: `${stage.ledger.url}/api/v1/` });
      await stage.statusShows(editor, "41.5");
    });
  });

  describe("a renewal", () => {
    const renewals = () => stage.sentTo(LOGIN).filter(({ bearer }) => bearer !== undefined);

    it("waits for another window's turn, and is tried after it", async () => {
      const place = join(folder, "turn");
      await mkdir(join(place, "account"), { recursive: true });
      const lock = join(place, "account", "renewal.lock");
      await writeFile(lock, JSON.stringify({ owner: "another window", until: Date.now() + 30_000 }));
      const { token } = await stage.account();
      stage.answer = (address) => (address.includes(LOGIN) ? pair(address, token) : undefined);
      const editor = await stage.editor({}, { host: "node", folder: place });
      await editor.signIn(ENDED, "renewal");
      await until("the refusal", () =>
        /\$\(/.test(editor.item.text ?? "") && editor.item.text !== "$(credit-card)" ? true : undefined,
      );
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.deepEqual(renewals(), []);
      await rm(lock);
      await stage.statusShows(editor, "41.5");
      assert.equal(renewals().length, 1);
    });

    it("is sent once by three windows without locks that do not hear of each other's secrets", {
      timeout: 60_000,
    }, async () => {
      const { token } = await stage.account();
      stage.answer = async (address) => {
        if (!address.includes(LOGIN)) return undefined;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return pair(address, token);
      };
      const first = await stage.editor();
      const kept = { token: ENDED, renewal: "renewal", mark: "test", server: stage.ledger.url };
      first.keepSecret(kept);
      const others = [];
      for (let window = 0; window < 2; window += 1)
        others.push(await stage.editor({}, { beside: first, hearsSecrets: false }));
      await Promise.all([first, ...others].map((editor) => editor.signIn(ENDED, "renewal")));
      await until("the new token", () =>
        [first, ...others].some((editor) => editor.token === token) ? true : undefined,
      );
      // Longer than a window waits before it tries again.
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      assert.equal(renewals().length, 1);
    });

    it("that the server cannot do now is tried again", { timeout: 60_000 }, async () => {
      const { token } = await stage.account();
      let asked = 0;
      stage.answer = (address) => {
        if (!address.includes(LOGIN)) return undefined;
        asked += 1;
        return asked === 1 ? new Response("", { status: 503 }) : pair(address, token);
      };
      const editor = await stage.editor();
      await editor.signIn(ENDED, "renewal");
      await stage.statusShows(editor, "41.5");
      assert.equal(asked, 2);
    });
  });

  describe("the sign-in of CoStrict's plugin", () => {
    const withFile = async (name, fields) => {
      const share = join(folder, name);
      await mkdir(share, { recursive: true });
      await writeFile(join(share, "auth.json"), JSON.stringify(fields), { mode: 0o600 });
      process.env.COSTRICT_SHARE_DIR = share;
      return { host: "node", folder: join(folder, `${name}-storage`) };
    };
    after(() => {
      delete process.env.COSTRICT_SHARE_DIR;
    });
    const question = /plugin is signed in/;

    it("is used with the user's consent, which is asked for once and names the server", async () => {
      const { token } = await stage.account();
      const options = await withFile("agreed", { access_token: token, base_url: `${stage.ledger.url}/` });
      const editor = await stage.editor({}, options);
      editor.user.message = ({ text, actions }) => (question.test(text) ? actions[0] : undefined);
      await stage.statusShows(editor, "41.5");
      const { text } = await stage.message(editor, question);
      assert.ok(text.includes(new URL(stage.ledger.url).host));
      assert.ok(!JSON.stringify([editor.messages, editor.log]).includes(token));
      assert.equal(editor.setting("pluginSignIn"), "always");
      const second = await stage.editor({ "costrictCredit.pluginSignIn": "always" }, { ...options, beside: editor });
      await stage.statusShows(second, "41.5");
      assert.ok(!second.messages.some((said) => question.test(said.text)));
    });

    it("is not used and not asked about again when it was declined, or the question was closed", async () => {
      for (const [name, at, setting] of [
        ["declined", 1, "never"],
        ["closed", 2, "ask"],
      ]) {
        const { token } = await stage.account();
        const options = await withFile(name, { accessToken: token });
        const editor = await stage.editor({}, options);
        editor.user.message = ({ text, actions }) => (question.test(text) ? actions[at] : undefined);
        await stage.message(editor, question);
        await until("the answer to be kept", () => (editor.setting("pluginSignIn") === setting ? true : undefined));
        const second = await stage.editor({ "costrictCredit.pluginSignIn": setting }, { ...options, beside: editor });
        await second.command("refresh");
        assert.ok(!second.messages.some((said) => question.test(said.text)), name);
        assert.deepEqual(
          stage.sent.filter(({ bearer }) => bearer === token),
          [],
        );
      }
    });

    it("of another server is neither asked about nor used", async () => {
      const { token } = await stage.account();
      const options = await withFile("elsewhere", { access_token: token, base_url: "https://other.example" });
      const editor = await stage.editor({ "costrictCredit.pluginSignIn": "always" }, options);
      await editor.command("refresh");
      assert.deepEqual(
        stage.sent.filter(({ bearer }) => bearer === token),
        [],
      );
      assert.ok(!editor.messages.some(({ text }) => question.test(text)));
    });

    it("is followed when the file changes, and left alone on signing out", { timeout: 60_000 }, async () => {
      const [first, next] = [await stage.account(), await stage.account(12.25)];
      const options = await withFile("followed", { data: { access_token: first.token } });
      const editor = await stage.editor({ "costrictCredit.pluginSignIn": "always" }, options);
      await stage.statusShows(editor, "41.5");
      await writeFile(
        join(process.env.COSTRICT_SHARE_DIR, "auth.json"),
        JSON.stringify({ data: { access_token: next.token } }),
      );
      await stage.statusShows(editor, "12.25");
      await editor.command("signOut");
      assert.deepEqual(stage.sentTo("/logout"), []);
      assert.equal(editor.setting("pluginSignIn"), "never");
      await until("it to be signed out", () => (editor.item.command === "costrictCredit.signIn" ? true : undefined));
    });
  });

  it("a connection that fails has its cause in the log, without secrets", async () => {
    const editor = await stage.editor();
    stage.answer = (address) => {
      if (!address.includes(LOGIN)) return undefined;
      throw new TypeError("fetch failed", {
        cause: Object.assign(new Error(`self-signed certificate for ${address}`), {
          code: "DEPTH_ZERO_SELF_SIGNED_CERT",
        }),
      });
    };
    await inBrowser(editor);
    await stage.message(editor, /cannot be reached/);
    const line = editor.log.find((text) => text.includes("signing in"));
    assert.match(line, /DEPTH_ZERO_SELF_SIGNED_CERT/);
    assert.doesNotMatch(line, /state=[\da-f]/);
  });

  it("a folder that cannot be watched is read instead, and the log says so", async () => {
    const editor = await stage.editor();
    editor.failing.set("watch", Object.assign(new Error("no watcher left"), { code: "ENOSPC" }));
    const { token } = await stage.account();
    await editor.signIn(token);
    await stage.statusShows(editor, "41.5");
    assert.ok(editor.log.some((text) => /ENOSPC/.test(text)));
  });
});
