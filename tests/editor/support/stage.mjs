// What the tests on the made-up editor share: a ledger, everything that was sent, and pages of the panel.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";

import { Ledger } from "../../panel/support/ledger.mjs";
import { FakeEditor } from "./fake-editor.mjs";
import { openSideBarPage } from "./side-bar-page.mjs";
import { until } from "./until.mjs";

export class Stage {
  ledger;
  /** Each request as `{address, bearer, at}`. */
  sent = [];
  /** Answers in place of the server's: `(address, bearer) => Response | undefined`. */
  answer = () => undefined;
  #editors = [];
  #unhandled = [];
  #realFetch = globalThis.fetch;

  /** Registers its own hooks in the suite that calls it. */
  constructor() {
    const note = (cause) => this.#unhandled.push(cause);
    before(async () => {
      this.ledger = await Ledger.start();
      process.on("unhandledRejection", note);
      globalThis.fetch = (request, options) => this.#fetch(request, options);
    });
    after(async () => {
      globalThis.fetch = this.#realFetch;
      process.off("unhandledRejection", note);
      await this.ledger?.stop();
    });
    beforeEach(() => {
      this.sent = [];
      this.answer = () => undefined;
    });
    afterEach(async () => {
      for (const editor of this.#editors.splice(0)) editor.stop();
      await this.ledger.clearFaults();
      assert.deepEqual(this.#unhandled.splice(0), []);
    });
  }

  async #fetch(request, options) {
    const address = String(request.url ?? request);
    const headers = new Headers(options?.headers ?? request.headers);
    const bearer = headers.get("authorization")?.replace(/^Bearer /, "");
    this.sent.push({ address, bearer, method: options?.method ?? request.method ?? "GET" });
    const made = await this.answer(address, bearer);
    // A reply of the network has an address; one that a test makes has none.
    return made === undefined
      ? this.#realFetch(request, options)
      : Object.defineProperty(made, "url", { value: address });
  }

  sentTo(part) {
    return this.sent.filter(({ address }) => address.includes(part));
  }

  async editor(settings = {}, options = {}) {
    const all = {
      "costrictCredit.baseUrl": this.ledger.url,
      "costrictCredit.model": "Kimi-K2-Moonshot",
      "costrictCredit.notices": false,
      ...settings,
    };
    const editor = await FakeEditor.start(all, options);
    this.#editors.push(editor);
    return editor;
  }

  async account(amount = 41.5) {
    const id = await this.ledger.account({ amount, valid_days: 20 });
    return { id, token: await this.ledger.token(id) };
  }

  statusShows(editor, text) {
    return until(text, () => ((editor.item.text ?? "").includes(text) ? true : undefined));
  }

  message(editor, pattern) {
    return until(String(pattern), () => editor.messages.find(({ text }) => pattern.test(text)));
  }

  /** A page in the side bar that has its first view. */
  async page(editor, options) {
    const webview = await openSideBarPage(editor, options);
    await until("a view", () => webview.views().at(-1));
    return webview;
  }
}

/** A token with these claims, as no server signs it. */
export function tokenOf(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(claims)}.c2ln`;
}
