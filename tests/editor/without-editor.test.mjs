// The extension with the real core and ledger, and an editor that does what a real one does not do when it is asked.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { Ledger } from "../panel/support/ledger.mjs";
import { FakeEditor, Uri } from "./support/fake-editor.mjs";
import { openSideBarPage } from "./support/side-bar-page.mjs";
import { until } from "./support/until.mjs";

const STRINGS = fileURLToPath(new URL("../../pkg/vscode/src/strings.ts", import.meta.url));
const CHAT = "/chat/completions";

describe("the extension without an editor", () => {
  let ledger, editor, id, token;
  /** What the extension sent, by address; requests to a held part of an address wait until they are let go. */
  let asked, held;
  const realFetch = globalThis.fetch;
  const unhandled = [];
  const note = (cause) => unhandled.push(cause);

  before(async () => {
    ledger = await Ledger.start();
    process.on("unhandledRejection", note);
    globalThis.fetch = async (request, options) => {
      const address = String(request.url ?? request);
      asked.push(address);
      const hold = held.get([...held.keys()].find((part) => address.includes(part)));
      if (hold !== undefined) await Promise.race([hold.promise, aborted(options?.signal)]);
      return (await hold?.reply?.(address, () => realFetch(request, options))) ?? realFetch(request, options);
    };
  });
  after(async () => {
    globalThis.fetch = realFetch;
    process.off("unhandledRejection", note);
    await ledger?.stop();
  });
  beforeEach(async () => {
    [asked, held] = [[], new Map()];
    id = await ledger.account({ amount: 41.5, valid_days: 20 });
    token = await ledger.token(id);
    editor = await FakeEditor.start({
      "costrictCredit.baseUrl": ledger.url,
      "costrictCredit.model": "Kimi-K2-Moonshot",
      "costrictCredit.notices": false,
    });
  });
  afterEach(async () => {
    for (const { go } of held.values()) go();
    editor.stop();
    assert.deepEqual(unhandled.splice(0), []);
  });

  const aborted = (signal) =>
    new Promise((_resolve, reject) =>
      signal?.addEventListener("abort", () => reject(new DOMException("left", "AbortError"))),
    );
  const holdBack = (part, reply) => {
    let go;
    held.set(part, { promise: new Promise((resolve) => (go = resolve)), go, reply });
    return () => {
      held.delete(part);
      go();
    };
  };
  const requested = (part) => until(part, () => (asked.some((address) => address.includes(part)) ? true : undefined));
  const statusShows = (text) => until(text, () => ((editor.item.text ?? "").includes(text) ? true : undefined));
  const message = (pattern) => until(String(pattern), () => editor.messages.find(({ text }) => pattern.test(text)));
  const signedIn = async () => {
    await editor.signIn(token);
    await statusShows("41.5");
  };
  const page = () => openSideBarPage(editor);
  const shown = (webview) =>
    until("a view", () => (webview.posted.some(({ type }) => type === "view") ? true : undefined));
  const ask = () => {
    editor.user.input = () => "Explain burn-down.";
    editor.user.message = ({ modal, actions }) => (modal ? actions[0] : undefined);
    return editor.command("askModel");
  };
  const heldCredits = async () => (await editor.api.client()).account().balance.pending;

  it("makes neither a link nor an icon of a server's text", async () => {
    const { outputFiles } = await build({
      entryPoints: [STRINGS],
      bundle: true,
      write: false,
      format: "esm",
      logLevel: "error",
    });
    const { escapeMarkup } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
    assert.doesNotMatch(escapeMarkup("[gift](command:workbench.action.quit) $(zap)"), /\]\(|\$\(/);
    assert.equal(escapeMarkup("10 credits (50% off) for $1"), "10 credits (50% off) for $1");
  });

  it("copies the whole code of a voucher while amounts are hidden", async () => {
    await signedIn();
    editor.configure({ masked: true });
    editor.user.pick = ([first]) => first;
    const answers = ["2", await ledger.account()];
    editor.user.input = () => answers.shift();
    editor.user.message = ({ actions }) => actions[0];
    await editor.command("giveVoucher");
    await until("the clipboard", () => editor.copied);
    assert.match(editor.copied, /^[\x21-\x7e]{20,}$/);
  });

  it("keeps saying what is wrong with a setting until it is put right, and shows nothing where nothing is wanted", async () => {
    await signedIn();
    editor.configure({ baseUrl: "not an address" });
    await statusShows("$(warning)");
    editor.configure({ model: "Auto" });
    await until("the look to be taken in", () => (editor.item.text.includes("$(warning)") ? true : undefined));
    assert.match(editor.item.tooltip, /baseUrl/);
    editor.configure({ statusBar: "hidden" });
    await until("no item", () => (editor.item.shown ? undefined : true));
    editor.configure({ statusBar: "text" });
    await statusShows("$(warning)");
    editor.configure({ baseUrl: ledger.url });
    await statusShows("41.5");
  });

  it("shows the reason where there is no panel, and the panel once there can be one", async () => {
    await signedIn();
    editor.configure({ baseUrl: "<b>not an address" });
    const webview = await page();
    await until("the reason", () => (/role="alert".*baseUrl/.test(webview.html) ? true : undefined));
    assert.doesNotMatch(webview.html, /<b>|<script/);
    editor.configure({ baseUrl: ledger.url });
    await until("the panel", () => (webview.html.includes("<costrict-credit-panel>") ? true : undefined));
    await shown(webview);
  });

  it("leaves no client of settings that were changed before it was made", async () => {
    await signedIn();
    const { watchers } = editor;
    editor.configure({ baseUrl: `${ledger.url}/api/v1` });
    editor.configure({ baseUrl: ledger.url });
    await editor.api.client();
    await editor.command("refresh");
    assert.equal(editor.watchers, watchers);
  });

  it("takes a server that changes while the one before is asked", async () => {
    await signedIn();
    const go = holdBack("/quota");
    editor.configure({ baseUrl: `${ledger.url}/api/v1` });
    await requested("/quota");
    const first = await editor.api.client();
    editor.configure({ baseUrl: ledger.url });
    assert.notEqual(await editor.api.client(), first);
    go();
    await statusShows("41.5");
  });

  it("goes on with the client and the budget that it has while a new budget is wrong, and says so", async () => {
    await signedIn();
    const client = await editor.api.client();
    const decision = () => client.begin({ model: "Kimi-K2-Moonshot", identity: "user" }).decision;
    editor.configure({ "budget.perDay.stop": 0 });
    assert.equal(decision(), "stop");
    editor.configure({ "budget.perDay.stop": "much" });
    await statusShows("$(warning)");
    assert.match(editor.item.tooltip, /budget\.perDay\.stop/);
    assert.equal(await editor.api.client(), client);
    assert.equal(decision(), "stop");
    editor.configure({ "budget.perDay.stop": null });
    await statusShows("41.5");
    assert.equal(await editor.api.client(), client);
    assert.notEqual(decision(), "stop");
  });

  it("shows an answer that was paid for, and settles it, though a setting changed meanwhile", async () => {
    await signedIn();
    const go = holdBack(CHAT);
    const asking = ask();
    await requested(CHAT);
    assert.ok((await heldCredits()) > 0);
    editor.configure({ "budget.perDay.warn": 1000 });
    await editor.api.client();
    go();
    await asking;
    assert.ok(editor.document.length > 0);
    assert.deepEqual(
      editor.messages.filter(({ kind }) => kind === "error"),
      [],
    );
    // What was charged is known with the next reading; an unsettled hold would outlast it.
    await until("nothing held", async () => ((await heldCredits()) === 0 ? true : undefined));
  });

  it("cancels a request that takes too long when the user chooses so", async () => {
    await signedIn();
    holdBack(CHAT);
    const asking = ask();
    await requested(CHAT);
    assert.equal(editor.progress.cancellable, true);
    editor.progress.cancel();
    await asking;
    assert.equal(editor.document, undefined);
    assert.deepEqual(
      editor.messages.filter(({ modal }) => !modal),
      [],
    );
  });

  it("reports in the core's words that a request got no reply", async () => {
    await signedIn();
    held.set(CHAT, { promise: Promise.reject(new TypeError("fetch failed")), go() {} });
    held.get(CHAT).promise.catch(() => {});
    await ask();
    const { kind, text } = await message(/connection|answer/i);
    assert.equal(kind, "warning");
    assert.doesNotMatch(text, /fetch failed/);
  });

  for (const name of [
    "refresh",
    "compareModels",
    "chooseModel",
    "askModel",
    "exportHistory",
    "giveVoucher",
    "redeemVoucher",
  ]) {
    it(`${name} offers to sign in while signed out`, async () => {
      await editor.command(name);
      const { kind, actions } = await message(/sign in/i);
      assert.equal(kind, "info");
      assert.deepEqual(actions, ["Sign in to CoStrict credits"]);
    });
  }

  it("sets a context key for whether there is anything to sign out of", async () => {
    const notified = (value) =>
      until(`signed out: ${value}`, () => (editor.contexts["costrictCredit.signedOut"] === value ? true : undefined));
    await notified(true);
    await signedIn();
    await notified(false);
    await editor.command("signOut");
    await notified(true);
  });

  it("says why a file of the panel could not be written", async () => {
    await signedIn();
    const webview = await page();
    await shown(webview);
    editor.user.save = () => Uri.parse("locked:///credits-usage.csv");
    webview.send({ type: "act", id: "export", value: "usage.csv" });
    assert.equal((await message(/NoPermissions/)).kind, "error");
  });

  it("suggests a name for a file without a folder, and writes nothing when the dialog is left", async () => {
    await signedIn();
    let suggested;
    editor.user.pick = (items) => items.find(({ value }) => value === "records.json");
    editor.user.save = (options) => void (suggested = options);
    await editor.command("exportHistory");
    assert.match(String(suggested.defaultUri), /\/credits-records\.json$/);
    assert.deepEqual(suggested.filters, { JSON: ["json"] });
  });

  it("says that settings could not be written", async () => {
    await signedIn();
    const webview = await page();
    await shown(webview);
    editor.readOnly.add("model");
    webview.send({ type: "act", id: "choose_model", value: "GLM-4.6" });
    assert.equal((await message(/user settings/)).kind, "error");
  });

  it("puts a chosen model where it holds", async () => {
    await signedIn();
    editor.setInWorkspace("model", "Auto");
    editor.user.pick = (items) => items.find((item) => item.id === "GLM-4.6");
    await editor.command("chooseModel");
    assert.equal(editor.setting("model"), "GLM-4.6");
  });

  it("takes settings of another kind as if they were not there, or says what is wrong", async () => {
    await signedIn();
    editor.configure({ model: 5, language: ["de"], mutedNotices: null, notices: true });
    await statusShows("41.5");
    await editor.command("refresh");
    assert.deepEqual(editor.messages, []);
    editor.configure({ expiryThresholdHours: "two days" });
    await statusShows("$(warning)");
    assert.match(editor.item.tooltip, /expiryThresholds/);
  });

  describe("tools for assistants", () => {
    const never = { onCancellationRequested: () => ({ dispose() {} }) };
    const tool = (name, cancelled = never) => editor.tools[name].invoke({ input: undefined }, cancelled);

    for (const name of ["status", "estimate", "forecast", "task"].map((name) => `costrict_credits_${name}`)) {
      it(`${name} reports that the user is signed out`, async () => {
        const { content } = await tool(name);
        assert.match(content[0].value, /signed out/i);
      });
    }

    it("end when their caller cancels", async () => {
      const go = holdBack("/quota");
      await editor.signIn(token);
      let cancel;
      const asking = tool("costrict_credits_status", {
        onCancellationRequested: (hear) => ((cancel = hear), { dispose() {} }),
      });
      await until("the tool to wait", () => cancel);
      cancel();
      await assert.rejects(asking, { message: "cancelled" });
      go();
    });
  });

  describe("signing in and out at once", () => {
    const signInBy = (way) => (items) => items.find(({ label }) => label.includes(way));
    const LOGIN = "/login/token";

    it("a pasted token ends the waiting for the browser", async () => {
      editor.user.pick = signInBy("browser");
      const waiting = editor.command("signIn");
      await until("the waiting", () => editor.progress?.cancellable);
      editor.user.pick = signInBy("token");
      editor.user.input = () => token;
      await editor.command("signIn");
      await waiting;
      await statusShows("41.5");
      assert.deepEqual(editor.messages, []);
    });

    it("a token renewed during a sign-out is revoked", async () => {
      const go = holdBack(LOGIN, (address) =>
        Response.json({
          data: { access_token: "new.token", refresh_token: "next", state: new URL(address).searchParams.get("state") },
        }),
      );
      await editor.signIn("header.payload.signature", "renewal-of-before");
      await until("the renewal", async () => {
        await editor.command("refresh");
        return asked.some((address) => address.includes(LOGIN)) ? true : undefined;
      });
      await editor.command("signOut");
      go();
      await until("it to be given back", () =>
        asked.filter((address) => address.includes("/login/logout")).length === 2 ? true : undefined,
      );
      assert.equal(editor.token, undefined);
    });
  });
});
