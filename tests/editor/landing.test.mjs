// The notice before the credits end, and looking again after the account page was opened, with the real core and ledger.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";

import { Ledger } from "../panel/support/ledger.mjs";
import { FakeEditor } from "./support/fake-editor.mjs";
import { until } from "./support/until.mjs";

describe("a landing in the editor", () => {
  let ledger, editor, token;

  before(async () => {
    ledger = await Ledger.start();
  });
  after(() => ledger?.stop());
  beforeEach(async () => {
    // With the gift for registering: 24 requests at 10 credits, and 241 on a model at 1.
    const id = await ledger.account({ amount: 41.5, valid_days: 20 });
    editor = await FakeEditor.start({
      "costrictCredit.baseUrl": ledger.url,
      "costrictCredit.model": "Kimi-K2-Moonshot",
      "costrictCredit.notices": true,
      "costrictCredit.landingRequests": 24,
    });
    token = await ledger.token(id);
  });
  afterEach(() => editor.stop());

  const message = (pattern) => until(String(pattern), () => editor.messages.find(({ text }) => pattern.test(text)));

  it("offers the cheaper model first, then the hand-over, then more credits", async () => {
    editor.user.message = ({ actions }) => actions[0];
    await editor.signIn(token);
    const shown = await message(/^24 requests left on Kimi-K2-Moonshot/);
    assert.equal(shown.kind, "warning");
    assert.deepEqual(shown.actions.slice(1), ["Copy hand-over", "Get credits", "Don't show again"]);
    const [cheaper] = /(?<=^Use ).+/.exec(shown.actions[0]);
    await until("the model", () => (editor.setting("model") === cheaper ? true : undefined));
  });

  it("copies the hand-over", async () => {
    editor.user.message = ({ actions }) => actions.find((action) => action === "Copy hand-over");
    await editor.signIn(token);
    await message(/^Copied/);
    const lines = editor.copied.split("\n");
    assert.match(lines[0], /: 241\.5 credits left\.$/);
    assert.equal(lines[1], "About 24 requests on Kimi-K2-Moonshot");
    assert.ok(!editor.copied.includes(token));
  });

  it("gives its place to other notices where it is turned off", async () => {
    editor.user.message = ({ actions }) => actions.at(-1);
    await editor.signIn(token);
    await message(/^24 requests left/);
    await until("the setting", () => (editor.setting("mutedNotices").includes("landing") ? true : undefined));
    // Four requests at 10 credits of 241.5.
    editor.configure({ usageThresholds: [0.1], notices: true });
    editor.user = {};
    for (let request = 0; request < 4; request += 1) await ledger.chat(token, "hello");
    await until("the notice", async () => {
      await editor.command("refresh");
      return editor.messages.some(({ text }) => /^You have used/.test(text)) ? true : undefined;
    });
  });
});
