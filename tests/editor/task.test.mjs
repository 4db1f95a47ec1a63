// Turn and task in the editor, with the real core and ledger: the item of the status bar and the assistants' tools.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";

import { Ledger } from "../panel/support/ledger.mjs";
import { FakeEditor } from "./support/fake-editor.mjs";
import { until } from "./support/until.mjs";

const MODEL = "Kimi-K2-Moonshot";
const TASK = { id: "task-42", title: "Rename [the] parser", project: "acme" };

describe("turn and task in the editor", () => {
  let ledger, editor;

  before(async () => {
    ledger = await Ledger.start();
  });
  after(() => ledger?.stop());
  beforeEach(async () => {
    const id = await ledger.account({ amount: 41.5, valid_days: 20 });
    editor = await FakeEditor.start({
      "costrictCredit.baseUrl": ledger.url,
      "costrictCredit.model": MODEL,
      "costrictCredit.notices": false,
    });
    await editor.signIn(await ledger.token(id));
    await until("the balance", () => (/\d/.test(editor.item.text ?? "") ? true : undefined));
  });
  afterEach(() => editor.stop());

  const shows = (text) =>
    until(text, () => (editor.taskItem?.shown && editor.taskItem.text === text ? true : undefined));
  const client = () => editor.api.client();
  const begin = async () => (await client()).begin({ model: MODEL, task: TASK });
  const tool = async (name, input) => {
    const never = { onCancellationRequested: () => ({ dispose() {} }) };
    const { content } = await editor.tools[`costrict_credits_${name}`].invoke({ input }, never);
    return content[0].value;
  };

  it("there is no item unless the setting asks for it, and none without a task", async () => {
    await begin();
    editor.api.setTask(TASK);
    assert.equal(editor.taskItem, undefined);
    editor.configure({ taskInStatusBar: true });
    await shows("about 10 this turn · 10 this task");
    editor.api.setTask(undefined);
    assert.equal(editor.taskItem.shown, false);
    editor.api.setTask({ id: "another" });
    assert.equal(editor.taskItem.shown, false, "nothing is known of it");
    editor.api.setTask(TASK);
    await shows("about 10 this turn · 10 this task");
    editor.configure({ taskInStatusBar: false });
    await until("no item", () => (editor.taskItem.shown ? undefined : true));
  });

  it("the item follows charges, counts to the limit, and hides amounts", async () => {
    editor.configure({ taskInStatusBar: true, "budget.perTask.stop": 20 });
    editor.api.setTask(TASK);
    const first = await begin();
    await shows("about 10 this turn · 10 of 20 this task");
    assert.match(editor.taskItem.tooltip, /^Rename \[the\] parser/);
    assert.match(editor.taskItem.tooltip, /10 held/);
    (await client()).settle(first.id, { kind: "charged", credits: 9.5 });
    await shows("9.5 this turn · 9.5 of 20 this task");
    const second = await begin();
    (await client()).settle(second.id, { kind: "charged", credits: 10.5 });
    await shows("10.5 this turn · 20 of 20 this task");
    assert.equal(editor.taskItem.backgroundColor.id, "statusBarItem.errorBackground");
    editor.configure({ masked: true });
    await until("hidden amounts", () => (/\d/.test(editor.taskItem.text) ? undefined : true));
    assert.doesNotMatch(editor.taskItem.tooltip, /10\.5|20/);
  });

  it("the tools say what turn and task cost, and that a task is not known", async () => {
    assert.match(await tool("task", {}), /no current task/i);
    const spend = await begin();
    (await client()).settle(spend.id, { kind: "charged", credits: 9.5 });
    const answer = await tool("task", { task: TASK.id });
    assert.match(answer, /^9\.5 this turn · 9\.5 this task/);
    assert.match(answer, /Rename \[the\] parser/);
    assert.match(await tool("task", { task: 'no"such' }), /^Nothing is known of the task "no\\"such"/);
    assert.doesNotMatch(await tool("status", {}), /this task/);
    editor.api.setTask(TASK);
    assert.equal(await tool("task", {}), answer);
    for (const name of ["status", "estimate", "forecast"])
      assert.match(await tool(name, { prompt: "hello" }), /9\.5 this turn · 9\.5 this task$/, name);
  });

  it("a limit that stops a request can be raised for a while, and the request is then sent", async () => {
    editor.configure({ "budget.perWeek.stop": 5 });
    const before = (await client()).account().balance.used;
    editor.user.message = ({ modal, actions }) => (modal ? actions[0] : undefined);
    editor.user.input = () => "Explain burn-down.";
    const offered = [];
    editor.user.pick = (items) => {
      offered.push(items.map(({ label }) => label));
      assert.equal(items[0].description, "New limit");
      assert.match(items[0].detail, /^This applies until /);
      return items[0];
    };
    await editor.command("askModel");
    // 10 are needed: less would only stop it again.
    assert.deepEqual(offered[0].slice(0, 4), ["14", "17", "23", "No limit"]);
    assert.ok(offered[0].includes("Use GLM-4.6") && offered[0].at(-1) === "Change the limit in the settings");
    assert.equal(offered.length, 1);
    await until("the charge", async () => {
      await editor.command("refresh");
      return (await client()).account().balance.used === before + 10 ? true : undefined;
    });
  });
});
