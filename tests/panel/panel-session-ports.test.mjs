// The transports between a page and its session: one process, another message channel, a webview.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { clientMaker, fakeClient, loadPanelSession, readyMessage, turns } from "./support/panel-session.mjs";

let library;
let newClient;
before(async () => {
  [library, newClient] = await Promise.all([loadPanelSession(), clientMaker()]);
});

test("in one process, what is sent before the other side listens is delivered then, and nothing after it stopped", () => {
  const { page, session } = library.inProcessPort();
  const received = [];
  session.post({ type: "sent" });
  const stop = page.listen((message) => received.push(message));
  session.post({ type: "copied", done: true });
  stop();
  session.post({ type: "copied", done: false });
  page.listen((message) => received.push(message));
  assert.deepEqual(received, [{ type: "sent" }, { type: "copied", done: true }]);
});

/** A channel between two sides, on which other messages pass too. */
function twoSides() {
  const listeners = { host: new Set(), page: new Set() };
  const side = (own, other) => ({
    // Through text, as between processes.
    post: (message) => {
      for (const listener of [...listeners[other]]) listener(JSON.parse(JSON.stringify(message)));
    },
    listen: (listener) => {
      listeners[own].add(listener);
      return { dispose: () => listeners[own].delete(listener) };
    },
  });
  return { host: side("host", "page"), page: side("page", "host"), listeners };
}

test("inside another message channel both ends pass the panel's messages and leave the others alone", async (t) => {
  const own = {
    wrap: (panel) => ({ kind: "credits", text: JSON.stringify(panel) }),
    // Throws on what is not an object.
    unwrap: (received) => (received.kind === "credits" ? JSON.parse(received.text) : undefined),
  };
  for (const envelope of [{}, own]) {
    const channel = twoSides();
    const posted = [];
    channel.page.listen((message) => posted.push(message));
    const logged = [];
    const host = { locale: () => "en", log: (...message) => logged.push(message) };
    const port = library.channelPort({ ...channel.host, ...envelope });
    const connection = library.connectPanel(newClient(t), port, host);
    const page = library.pageChannelPort({ ...channel.page, ...envelope });
    const received = [];
    const stop = page.listen((message) => received.push(message));
    for (const foreign of [{ type: "costrictInviteCode" }, null, "text", { kind: "credits", text: "{" }])
      channel.page.post(foreign), channel.host.post(foreign);
    page.send(readyMessage(library));
    await turns();
    assert.equal(received[0].type, "view");
    assert.deepEqual(logged, []);
    assert.deepEqual(
      posted.filter((message) => message?.type === "view"),
      [],
    );
    stop();
    connection.stop();
    assert.equal(channel.listeners.host.size, 0);
    assert.equal(channel.listeners.page.size, 1);
  }
});

test("what is none of the panel's messages inside its envelope is logged by the session and dropped by the page", async (t) => {
  const channel = twoSides();
  const logged = [];
  const host = { locale: () => "en", log: (...message) => logged.push(message) };
  const connection = library.connectPanel(fakeClient(), library.channelPort(channel.host), host);
  t.after(() => connection.stop());
  const received = [];
  library.pageChannelPort(channel.page).listen((message) => received.push(message));
  channel.page.post({ type: "costrictCredit", message: { type: "act", id: 5 } });
  channel.host.post({ type: "costrictCredit", message: { type: "view", view: { sections: ["balance"] } } });
  assert.match(logged[0][1], /no panel of this version sends/);
  assert.deepEqual(received, []);
});

test("a webview's messages are listened to until the connection ends", async (t) => {
  const listeners = new Set();
  const posted = [];
  const webview = {
    postMessage: async (message) => posted.push(message),
    onDidReceiveMessage: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
  };
  const connection = library.connectPanel(newClient(t), library.webviewPort(webview), { locale: () => "en" });
  for (const listener of listeners) listener(readyMessage(library));
  await turns();
  assert.equal(posted[0].type, "view");
  connection.stop();
  assert.equal(listeners.size, 0);
});
