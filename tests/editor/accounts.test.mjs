// The account in the editor's own places: the Accounts menu, the box for a token, the status bar, and the dialogs around a
// request. On a fake editor, with the real core and ledger.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Stage, tokenOf } from "./support/stage.mjs";
import { until } from "./support/until.mjs";

const CHAT = "/chat/completions";
const QUOTA = "/quota-manager/api/v1/quota";
const HOUR = 3_600;

describe("the account in the editor", () => {
  const stage = new Stage();
  const now = () => Math.round(Date.now() / 1_000);
  const signedIn = async (settings) => {
    const [editor, account] = [await stage.editor(settings), await stage.account()];
    await editor.signIn(account.token);
    await stage.statusShows(editor, "41.5");
    return { editor, ...account };
  };

  describe("in the Accounts menu", () => {
    const sessions = (editor, ...rest) => editor.accounts.provider.getSessions(...rest);
    const event = (editor, count) => until(`event ${count}`, () => editor.accounts.events[count - 1]);

    it("is a session of the token store, labelled by the user's name and without the token", async () => {
      const editor = await stage.editor();
      assert.deepEqual([editor.accounts.id, editor.accounts.label], ["costrictCredit", "CoStrict"]);
      assert.deepEqual(await sessions(editor), []);
      const token = tokenOf({ universal_id: "u-1", displayName: "Ann \u202e$(zap)", exp: now() + HOUR });
      stage.answer = (address) => (address.includes(QUOTA) ? new Response("", { status: 503 }) : undefined);
      await editor.signIn(token);
      const { added, removed } = await event(editor, 1);
      assert.deepEqual([added.length, removed.length], [1, 0]);
      const [{ id, account, accessToken, scopes }] = await sessions(editor, ["any"]);
      assert.deepEqual(
        { id, account, scopes },
        { id: "u-1", account: { id: "u-1", label: account.label }, scopes: ["any"] },
      );
      assert.match(account.label, /^Ann /);
      assert.doesNotMatch(account.label, /\$\(zap\)|\u202e/);
      assert.equal(accessToken, token);
      assert.deepEqual(await sessions(editor, [], { account: { id: "another", label: "" } }), []);
      const printed = JSON.stringify([editor.log, editor.messages, editor.item]);
      assert.ok(!printed.includes(token.split(".")[1]));
    });

    it("is renewed, replaced and removed with its token, and belongs to one server", async () => {
      const editor = await stage.editor();
      stage.answer = (address) => (address.includes(QUOTA) ? new Response("", { status: 503 }) : undefined);
      const token = (id, iat) => tokenOf({ universal_id: id, iat, exp: now() + HOUR });
      const kinds = async (count) => {
        const { added, removed, changed } = await event(editor, count);
        return [added, removed, changed].map((list) => list.map(({ id }) => id));
      };
      await editor.signIn(token("ann", 1));
      assert.deepEqual(await kinds(1), [["ann"], [], []]);
      await editor.signIn(token("ann", 2));
      assert.deepEqual(await kinds(2), [[], [], ["ann"]]);
      await editor.signIn(token("bob", 3));
      assert.deepEqual(await kinds(3), [["bob"], ["ann"], []]);
      // The first use binds it to the server.
      await editor.api.client();
      editor.configure({ baseUrl: "https://elsewhere.example" });
      assert.deepEqual(await kinds(4), [[], ["bob"], []]);
      editor.configure({ baseUrl: stage.ledger.url });
      assert.deepEqual(await kinds(5), [["bob"], [], []]);
      await editor.accounts.provider.removeSession("ann");
      assert.equal((await sessions(editor)).length, 1, "another account than the one of now");
      await editor.accounts.provider.removeSession("bob");
      assert.deepEqual(await kinds(6), [[], ["bob"], []]);
      assert.equal(editor.token, undefined);
    });

    it("signs in by the ways there are, and says when the user leaves them", async () => {
      const editor = await stage.editor();
      await assert.rejects(editor.accounts.provider.createSession([]), /not signed in/i);
      const { token, id } = await stage.account();
      editor.user.pick = (items) => items.find(({ label }) => label.includes("token"));
      editor.user.input = () => token;
      const session = await editor.accounts.provider.createSession(["credits"]);
      assert.deepEqual([session.account.id, session.accessToken, session.scopes], [id, token, ["credits"]]);
    });
  });

  describe("the box for a token", () => {
    const open = async (editor, first) => {
      editor.user.pick = (items) => items.find(({ label }) => label.includes("token"));
      editor.user.input = () => first;
      const done = editor.command("signIn");
      const box = await until("the box", () => editor.boxes[0]);
      return { box, done };
    };
    const says = (box, pattern) =>
      until(String(pattern), () => {
        const { validationMessage: said } = box;
        return pattern.test(said?.message ?? said ?? "") ? said : undefined;
      });

    for (const [what, token, pattern] of [
      ["is no token", "two words", /not a token/],
      ["is cut off", tokenOf({ universal_id: "u" }).slice(0, -5), /missing or changed/],
      ["names no account", tokenOf({ sub: "u" }), /names no account/],
      ["has expired", tokenOf({ universal_id: "u", exp: 1_700_000_000 }), /expired on/],
    ]) {
      it(`says that a text ${what}, stays open, and asks no server`, async () => {
        const editor = await stage.editor();
        const { box, done } = await open(editor, token);
        await says(box, pattern);
        assert.equal(box.isDisposed, undefined);
        assert.deepEqual(stage.sentTo(QUOTA), []);
        box.type("");
        assert.equal(box.validationMessage, undefined);
        box.hide();
        await done;
        assert.equal(editor.token, undefined);
      });
    }

    it("says while it is open that the server does not accept a token, and takes the next one", async () => {
      const editor = await stage.editor();
      const { box, done } = await open(editor, tokenOf({ universal_id: "u", exp: now() + HOUR }));
      await says(box, /does not accept this token/);
      assert.deepEqual([editor.token, box.isDisposed], [undefined, undefined]);
      const { token } = await stage.account();
      box.type(token);
      assert.equal(box.validationMessage, undefined);
      box.enter();
      await done;
      assert.equal(editor.token, token);
      await stage.statusShows(editor, "41.5");
      assert.deepEqual(editor.messages, []);
    });

    it("shows that it is checking, and is not asked twice meanwhile", async () => {
      const editor = await stage.editor();
      const { token } = await stage.account();
      let go;
      stage.answer = (address) => (address.includes(QUOTA) ? new Promise((resolve) => (go = resolve)) : undefined);
      const { box, done } = await open(editor, token);
      await until("the check", () => go);
      assert.deepEqual([box.busy, box.enabled], [true, false]);
      assert.match(box.prompt, /Checking/);
      box.enter();
      stage.answer = () => undefined;
      go();
      await done;
      assert.equal(stage.sentTo(QUOTA).filter(({ bearer }) => bearer === token).length >= 1, true);
      assert.equal(editor.token, token);
    });

    it("warns where the server cannot check, and signs in when the user insists", async () => {
      const editor = await stage.editor();
      const { token } = await stage.account();
      stage.answer = (address) => (address.includes(QUOTA) ? new Response("", { status: 503 }) : undefined);
      const { box, done } = await open(editor, token);
      const said = await says(box, /not available.*Enter again/);
      assert.equal(said.severity, 2);
      assert.equal(editor.token, undefined);
      box.enter();
      await done;
      assert.equal(editor.token, token);
    });

    it("leaves nothing behind when it is closed during the check", async () => {
      const editor = await stage.editor();
      const { token } = await stage.account();
      let go;
      stage.answer = (address) => (address.includes(QUOTA) ? new Promise((resolve) => (go = resolve)) : undefined);
      const { box, done } = await open(editor, token);
      await until("the check", () => go);
      box.hide();
      await done;
      stage.answer = () => undefined;
      go();
      assert.equal(editor.token, undefined);
    });
  });

  describe("in the status bar", () => {
    it("is coloured only for what the user can act on", async () => {
      const { editor } = await signedIn();
      assert.equal(editor.item.backgroundColor, undefined);
      stage.answer = (address) => (address.includes(QUOTA) ? new Response("", { status: 503 }) : undefined);
      const client = await editor.api.client();
      await until("the failure", async () => {
        await editor.command("refresh");
        return client.account().problem?.kind === "unavailable" ? true : undefined;
      });
      assert.equal(editor.item.backgroundColor, undefined);
      stage.answer = (address) => (address.includes(QUOTA) ? new Response("", { status: 401 }) : undefined);
      editor.configure({ baseUrl: "not an address" });
      await until("the wrong setting", () => editor.item.backgroundColor?.id);
    });

    it("has the panel's ladder in its tooltip, as text", async () => {
      const { editor, id } = await signedIn();
      await stage.ledger.admin("POST", `/accounts/${id}/grants`, {
        amount: 7.5,
        valid_days: 3,
        source: "a|b [x](command:quit) https://x.example",
      });
      await until("the grant", async () => {
        await editor.command("refresh");
        return editor.item.tooltip.value.includes("7\\.5") ? true : undefined;
      });
      const lines = editor.item.tooltip.value.split("\n");
      const rows = lines.filter((text) => text.startsWith("|"));
      assert.ok(rows.length >= 4, rows.join("\n"));
      const ladder = (await editor.api.client()).panel({ locale: "en" }).sections.find(({ kind }) => kind === "ladder");
      const plain = (text) => text.replace(/\\(.)/g, "$1");
      ladder.table.rows.forEach(([amount, expires], index) => {
        assert.ok(plain(rows[index + 2]).includes(amount) && plain(rows[index + 2]).includes(expires));
      });
      assert.doesNotMatch(editor.item.tooltip.value, /\]\(command:quit|https:\/\//);
      assert.notEqual(editor.item.tooltip.supportHtml, true);
    });
  });

  describe("asking a model", () => {
    const ask = (editor, prompt) => {
      editor.user.input = () => prompt;
      editor.user.message = ({ modal, actions }) => (modal ? actions[0] : undefined);
      return editor.command("askModel");
    };

    it("names model, price and the prompt's first line before, and charge, model and rest after", async () => {
      const { editor } = await signedIn();
      const { remaining } = (await editor.api.client()).account().balance;
      await ask(editor, `\n  Explain [burn-down](command:quit).\nAnd then more, ${"very ".repeat(50)}long.`);
      const before = editor.messages.find(({ modal }) => modal);
      assert.equal(before.text, "Send this prompt to Kimi-K2-Moonshot?");
      assert.match(before.detail, /^Prompt: Explain \[burn-down\]\u200b\(command:quit\)\.\n/);
      assert.match(before.detail, /10 credits/);
      assert.doesNotMatch(before.detail, /And then more/);
      const { text, kind } = await stage.message(editor, /charged/);
      assert.equal(kind, "info");
      assert.equal(text, `10 credits charged for Kimi-K2-Moonshot. ${remaining - 10} credits left.`);
    });

    it("gives no amount where the charge is not known", { timeout: 60_000 }, async () => {
      const { editor } = await signedIn();
      // A server that names no charge in its reply, and then gives no reading.
      stage.answer = (address) => {
        if (address.includes(CHAT)) return Response.json({ choices: [{ message: { content: "An answer." } }] });
        return address.includes(QUOTA) && stage.sentTo(CHAT).length > 0 ? new Response("", { status: 503 }) : undefined;
      };
      await ask(editor, "Explain holds.");
      assert.equal(editor.document, "An answer.");
      const { text } = await stage.message(editor, /charge/);
      assert.equal(text, "The charge for Kimi-K2-Moonshot is not known yet.");
    });

    it("shows no receipt for a request that was refused or that the user left", async () => {
      const { editor } = await signedIn();
      stage.answer = (address) => (address.includes(CHAT) ? new Response("{}", { status: 500 }) : undefined);
      await ask(editor, "Explain budgets.");
      await stage.message(editor, /./);
      assert.deepEqual(
        editor.messages.filter(({ text }) => /charge/.test(text)),
        [],
      );
    });
  });
});
