// The library between a client and its panels: the shared schedule, and connections over a port.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { clientMaker, fakeClient, loadPanelSession, readyMessage, settled, turns } from "./support/panel-session.mjs";

let library;
let newClient;
before(async () => {
  [library, newClient] = await Promise.all([loadPanelSession(), clientMaker()]);
});

test("windows of one client share a schedule", async () => {
  const client = fakeClient();
  const scheduler = library.RefreshScheduler.of(client);
  assert.equal(library.RefreshScheduler.of(client), scheduler);
  assert.notEqual(library.RefreshScheduler.of(fakeClient()), scheduler);
  const [bar, panel] = [scheduler.addWindow(), scheduler.addWindow()];
  let refreshed = 0;
  const stop = scheduler.onRefreshed(() => (refreshed += 1));
  await bar.set({ visible: true, focused: false, online: true });
  await panel.set({ visible: false, focused: true, online: true });
  assert.deepEqual(client.refreshes, ["focus", "focus"]);
  assert.deepEqual(client.activities.at(-1), { visible: true, focused: true, online: true });
  await panel.set({ visible: false, focused: false, online: false });
  assert.deepEqual(client.activities.at(-1), { visible: true, focused: false, online: false });
  panel.remove();
  assert.deepEqual(client.activities.at(-1), { visible: true, focused: false, online: true });
  assert.equal(refreshed, 2);
  stop();
  await scheduler.refresh("manual");
  assert.equal(refreshed, 2);
  bar.remove();
  const asked = client.activities.length;
  scheduler.recordTurnEnd();
  assert.equal(client.activities.length, asked);
});

test("after the account page was opened the schedule is asked again", async () => {
  const client = fakeClient();
  const scheduler = library.RefreshScheduler.of(client);
  const bar = scheduler.addWindow();
  await bar.set({ visible: true, focused: true, online: true });
  const asked = client.activities.length;
  scheduler.recordAccountPageOpened();
  assert.equal(client.pagesOpened, 1);
  assert.equal(client.activities.length, asked + 1);
  bar.remove();
});

/** A page at the other end of a port. */
function connect(client, host = {}) {
  const page = { posted: [], logged: [], prompts: 0 };
  const port = {
    post: (message) => page.posted.push(message),
    listen: (listener) => {
      page.send = async (message) => {
        listener(message);
        for (let turn = 0; turn < 10; turn += 1) await settled();
      };
      return () => (page.send = undefined);
    },
  };
  page.host = {
    locale: () => "en",
    preference: () => undefined,
    savePreference: () => true,
    loadCatalogue: async () => undefined,
    watchStorage: () => () => {},
    log: (...message) => page.logged.push(message),
    promptTooLong: () => (page.prompts += 1),
    ...host,
  };
  page.connection = library.connectPanel(client, port, page.host);
  page.ready = (choices = {}) =>
    page.send({
      type: "ready",
      version: library.PROTOCOL_VERSION,
      choices,
      activity: { visible: true, focused: true, online: true },
    });
  page.views = () => page.posted.filter(({ type }) => type === "view").map(({ view }) => view);
  return page;
}

test("a page of another version is answered with the session's, and gets no view", async (t) => {
  const page = connect(fakeClient());
  t.after(() => page.connection.stop());
  const ready = { type: "ready", choices: {}, activity: { visible: true, focused: true, online: true } };
  await page.send({ ...ready, version: 99 });
  await page.send({ type: "act", id: "refresh" });
  assert.deepEqual(page.posted, [{ type: "incompatible", version: library.PROTOCOL_VERSION }]);
  // The embedder sees it too: to users the panel is empty.
  assert.match(page.logged[0].join(), /error,.*the page has version 99, the session 1/);
  // A page from before there were versions is none of ours.
  await page.send(ready);
  assert.equal(page.logged.length, 2);
});

test("a page of another version is answered, whatever else that version says", async (t) => {
  const page = connect(fakeClient());
  t.after(() => page.connection.stop());
  await page.ready();
  const before = page.views().length;
  await page.send({ type: "ready", version: 2, state: "of a later release" });
  await page.send({ type: "draft", text: "hello", model: "m" });
  assert.deepEqual(page.posted.at(-1), { type: "incompatible", version: library.PROTOCOL_VERSION });
  assert.equal(page.views().length, before);
});

test("a page that is gone is logged, and breaks nothing", async (t) => {
  for (const failing of [
    () => {
      throw new Error("disposed");
    },
    () => Promise.reject(new Error("disposed")),
  ]) {
    const logged = [];
    const ends = library.inProcessPort();
    const host = { locale: () => "en", log: (...message) => logged.push(message) };
    const connection = library.connectPanel(fakeClient(), { ...ends.session, post: failing }, host);
    t.after(() => connection.stop());
    ends.page.send(readyMessage(library));
    await turns();
    assert.equal(logged[0][1], "The panel's page does not receive messages");
  }
});

test("a host of five functions is enough, and choices last as long as the connection", async (t) => {
  const ends = library.inProcessPort();
  const views = [];
  const connection = library.connectPanel(newClient(t), ends.session, {
    locale: () => "en",
    saveFile: async () => true,
    copy: async () => {},
    openLink: async () => {},
    signIn: async () => {},
  });
  t.after(() => connection.stop());
  ends.page.listen(({ view }) => views.push(view));
  ends.page.send(readyMessage(library));
  await turns();
  ends.page.send({ type: "act", id: "mask", value: "on" });
  await turns();
  assert.equal(views.at(-1).masked, true);
  connection.suspend();
  connection.open();
  ends.page.send(readyMessage(library));
  await turns();
  assert.equal(views.at(-1).masked, true);
});

test("a page that is there before the client waits for it, and one that is hidden gets nothing", async (t) => {
  let deliver;
  const page = connect(() => new Promise((resolve) => (deliver = resolve)));
  t.after(() => page.connection.stop());
  await page.ready();
  assert.deepEqual(page.posted, []);
  const first = deliver;
  first(fakeClient());
  for (let turn = 0; turn < 10; turn += 1) await settled();
  assert.equal(page.views().length, 1);
  page.connection.suspend();
  await page.ready();
  assert.equal(page.views().length, 1);
});

test("a client that cannot be made is logged, and tried again with the next message", async (t) => {
  let attempts = 0;
  const page = connect(async () => {
    attempts += 1;
    if (attempts === 1) throw new Error("a wrong setting");
    return fakeClient();
  });
  t.after(() => page.connection.stop());
  await page.ready();
  assert.equal(page.logged[0][0], "error");
  await page.ready();
  assert.equal(page.views().length, 1);
});

test("a host whose functions throw shows the account all the same, and the log names them", async (t) => {
  const broken = () => {
    throw new Error("a host in trouble");
  };
  const client = fakeClient();
  const names = ["locale", "preference", "savePreference", "model", "readerChanged", "watchStorage", "afterNextPaint"];
  const page = connect(client, Object.fromEntries([...names, "copy"].map((name) => [name, broken])));
  t.after(() => page.connection.stop());
  await page.ready();
  await page.send({ type: "reader", reader: { locale: "en-GB" } });
  await page.send({ type: "act", id: "mask", value: "on" });
  assert.ok(page.views().length > 0);
  assert.deepEqual(client.refreshes, ["focus"]);
  assert.deepEqual(
    page.posted.filter(({ type }) => type === "failed"),
    [{ type: "failed", what: "setting" }],
  );
  for (const name of ["locale", "preference", "savePreference", "readerChanged", "watchStorage"])
    assert.ok(
      page.logged.some(([, message]) => message.includes(`${name}()`)),
      name,
    );
});

test("a log that throws ends nothing", async (t) => {
  let attempts = 0;
  const client = async () => {
    attempts += 1;
    if (attempts === 1) throw new Error("a wrong setting");
    return fakeClient();
  };
  const page = connect(client, {
    log() {
      throw new Error("a full disk");
    },
  });
  t.after(() => page.connection.stop());
  await page.send({ type: "nonsense" });
  await page.ready();
  await page.ready();
  assert.equal(page.views().length, 1);
});

test("a host that never answers keeps neither the account nor its refresh away", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const never = () => new Promise(() => {});
  const client = Object.assign(fakeClient(), { missingCatalogue: () => "de" });
  const page = connect(client, { locale: () => "de", loadCatalogue: never, afterNextPaint: never });
  t.after(() => page.connection.stop());
  await page.ready();
  t.mock.timers.tick(2_000);
  await turns();
  assert.equal(page.views().length, 1);
  t.mock.timers.tick(1_000);
  await turns();
  assert.deepEqual(client.refreshes, ["focus"]);
});

test("a client that is on its way when another one takes its place is not shown", async (t) => {
  let arrive;
  const late = Object.assign(fakeClient(), { panel: () => ({ sections: [], of: "late" }) });
  const page = connect(
    () =>
      new Promise((resolve) => {
        arrive = () => resolve(late);
      }),
  );
  t.after(() => page.connection.stop());
  await page.ready();
  page.connection.reconnect(Object.assign(fakeClient(), { panel: () => ({ sections: [], of: "next" }) }), page.host);
  await turns();
  arrive();
  await turns();
  assert.deepEqual(
    page.views().map((view) => view.of),
    ["next"],
  );
});

test("a port that cannot stop listening does not keep the panel of its client", () => {
  let freed = 0;
  const client = fakeClient();
  client.openPanel = () => ({ view: () => ({ sections: [] }), free: () => (freed += 1) });
  const port = {
    post: () => {},
    listen: (listener) => {
      port.listener = listener;
      return () => {
        throw new Error("a window that is gone");
      };
    },
  };
  const connection = library.connectPanel(client, port, { locale: () => "en" });
  port.listener(readyMessage(library));
  return turns().then(() => {
    assert.throws(() => connection.stop(), /a window that is gone/);
    assert.equal(freed, 1);
  });
});

test("another client goes on with the page's prompt and range", async (t) => {
  const page = connect(fakeClient());
  t.after(() => page.connection.stop());
  await page.ready();
  await page.send({ type: "draft", text: "hello", model: "m" });
  const ranges = [];
  const next = Object.assign(fakeClient(), { usage: async ({ range }) => ranges.push(range) });
  await page.send({ type: "usage_custom", from: "2026-06-01", to: "2026-06-10" });
  page.connection.reconnect(next, page.host);
  for (let turn = 0; turn < 10; turn += 1) await settled();
  assert.equal(page.views().at(-1).draft.text, "hello");
  await page.send({ type: "act", id: "usage_retry" });
  assert.deepEqual(ranges.at(-1), { from: "2026-06-01", to: "2026-06-10" });
});

test("without onSend nothing is sent; with it the prompt goes once, and comes back when there is no answer", async (t) => {
  const without = connect(fakeClient());
  t.after(() => without.connection.stop());
  await without.ready();
  await without.send({ type: "send", text: "hello", model: "m" });
  assert.ok(!without.posted.some(({ type }) => type === "sent"));

  const prompts = [];
  let finish;
  const page = connect(fakeClient(), {
    onSend: (prompt, { view, accepted }) => {
      prompts.push([prompt, view.draft.text]);
      return new Promise((resolve) => {
        finish = (isAnswered, isAccepted = true) => {
          if (isAccepted) accepted();
          resolve(isAnswered);
        };
      });
    },
  });
  t.after(() => page.connection.stop());
  await page.ready();
  const prompt = { text: "hello", model: "m" };
  await page.send({ type: "send", ...prompt });
  await page.send({ type: "send", ...prompt });
  assert.deepEqual(prompts, [[prompt, "hello"]]);
  finish(false, false);
  for (let turn = 0; turn < 10; turn += 1) await settled();
  assert.ok(!page.posted.some(({ type }) => type === "sent" || type === "returned"));
  await page.send({ type: "send", ...prompt });
  finish(false);
  for (let turn = 0; turn < 10; turn += 1) await settled();
  assert.deepEqual(
    page.posted.filter(({ type }) => type !== "view"),
    [{ type: "sent" }, { type: "returned", text: "hello" }],
  );
});

test("a limit that cannot be raised shows as an action that failed, beside the limits of then", async (t) => {
  const client = fakeClient();
  const offers = ["project:20", "day:20", "week:20"];
  client.panel = () => ({ used: client.used, raise: { options: offers.map((value) => ({ value })) } });
  client.caps = () => [
    { scope: "day", used: 5, stop: 10 },
    { scope: "week", used: 5, stop: 10 },
  ];
  const raised = [];
  client.raiseCap = (target, to) => {
    client.used = 30;
    if (target === "day") throw Object.assign(new Error("30 is used already"), { code: "invalid_input", field: "to" });
    raised.push([target, to]);
  };
  const page = connect(client);
  t.after(() => page.connection.stop());
  await page.ready();
  const answered = async (value) => {
    const before = page.posted.length;
    await page.send({ type: "act", id: "raise_cap", value });
    return page.posted.slice(before);
  };
  // The project of a task that has sent nothing yet is not known.
  assert.deepEqual(await answered("project:20"), [{ type: "failed", what: "setting" }]);
  const [failed, shown] = await answered("day:20");
  assert.deepEqual([failed, shown.view.used], [{ type: "failed", what: "setting" }, 30]);
  assert.deepEqual(await answered("week:20"), []);
  assert.deepEqual(raised, [["week", 20]]);
});

test("the charge of a prompt is read soon after its answer, not with the next regular refresh", async (t) => {
  const client = fakeClient();
  const page = connect(client, {
    onSend: async (_prompt, { accepted }) => {
      accepted();
      return true;
    },
  });
  t.after(() => page.connection.stop());
  await page.ready();
  const before = client.activities.length;
  await page.send({ type: "send", text: "hello", model: "m" });
  for (let turn = 0; turn < 10; turn += 1) await settled();
  assert.ok(client.activities.length > before, "the next refresh was not scheduled again");
});
