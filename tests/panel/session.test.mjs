// The session behind a panel, over a fake client: what it keeps, what it resets, and how it reports failures.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

let PanelSession;
before(async () => {
  const entry = fileURLToPath(new URL("../../pkg/panel-session/src/index.ts", import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
  const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`;
  ({ PanelSession } = await import(url));
});

const refusal = Object.assign(new Error("query.range"), { code: "invalid_input", field: "query.range" });

/** A client whose record has `total` rows, and that refuses ranges that end before they begin. */
function made(total = 120) {
  const asked = { records: [], usage: [], exports: [] };
  const client = {
    user: "a",
    total,
    file: { text: "x", complete: true, rows: 1, fileName: "credits-usage.csv" },
    account: () => ({ state: "known", user: { id: client.user }, balance: {}, revision: 1 }),
    open: async () => client.account(),
    refresh: async () => client.account(),
    nextRefresh: () => undefined,
    watch: () => () => {},
    missingCatalogue: () => undefined,
    loadForecast: async () => ({}),
    setCatalogue: () => {},
    panel: ({ draft }) => ({ user: client.user, draft, sections: [], value: "code", href: "https://x.example/" }),
    records: async (query) => {
      asked.records.push(query);
      const pages = Math.ceil(client.total / query.pageSize);
      const rows = Math.max(0, Math.min(query.pageSize, client.total - (query.page - 1) * query.pageSize));
      return { rows: Array.from({ length: rows }), total: client.total, pages };
    },
    usage: async ({ range }) => {
      if (range.from > range.to) throw refusal;
      asked.usage.push(range);
      return { rows: [], complete: true };
    },
    exportAs: async (what, format, range) => {
      asked.exports.push([what, format, range]);
      return client.file;
    },
    accountUrl: async () => undefined,
  };
  const posted = [];
  const host = {
    files: [],
    locale: () => "en",
    preference: () => undefined,
    savePreference: () => true,
    loadCatalogue: async () => undefined,
    copy: async () => {},
    saveFile: async (name, _type, text) => host.files.push([name, text]) > 0,
    openLink: async () => {},
    watchStorage: () => () => {},
  };
  const session = new PanelSession(client, host, (message) => posted.push(message));
  return { client, host, session, asked, posted, heard: (type) => posted.filter((message) => message.type === type) };
}

/** Until everything that was begun has ended: nothing here waits for a time. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function receive(session, message) {
  session.receive(message);
  for (let turn = 0; turn < 10; turn += 1) await settled();
}

test("another account begins at page 1, without the search of the one before; kind and draft stay", async (t) => {
  const { client, session, asked } = made();
  t.after(() => session.stop());
  await session.open();
  await receive(session, { type: "draft", text: "hello", model: "m" });
  await receive(session, { type: "act", id: "records_filter", value: "recharge" });
  await receive(session, { type: "records_search", text: "Ann" });
  await receive(session, { type: "act", id: "records_page", value: "3" });
  assert.deepEqual(asked.records.at(-1), { page: 3, pageSize: 50, operation: "recharge", text: "Ann" });
  client.user = "b";
  client.total = 2;
  session.show();
  await receive(session, { type: "shown", section: "records" });
  assert.deepEqual(asked.records.at(-1), { page: 1, pageSize: 50, operation: "recharge" });
});

test("a page beyond the end is replaced by the last one", async (t) => {
  const { client, session, asked } = made();
  t.after(() => session.stop());
  await session.open();
  await receive(session, { type: "act", id: "records_page", value: "3" });
  client.total = 60;
  await receive(session, { type: "act", id: "records_retry" });
  assert.deepEqual(
    asked.records.map(({ page }) => page),
    [3, 3, 2],
  );
  client.total = 0;
  await receive(session, { type: "act", id: "records_retry" });
  assert.deepEqual(asked.records.map(({ page }) => page).slice(3), [2, 1]);
});

test("a rejected range is reported to its control and not kept", async (t) => {
  const { session, asked, heard } = made();
  t.after(() => session.stop());
  await session.open();
  await receive(session, { type: "act", id: "usage_range", value: "7days" });
  await receive(session, { type: "usage_custom", from: "2026-06-10", to: "2026-06-01" });
  assert.deepEqual(heard("refused"), [{ type: "refused", field: "query.range", of: "usage_custom" }]);
  await receive(session, { type: "act", id: "export", value: "usage.csv" });
  assert.deepEqual(asked.exports, [["usage", "csv", "7days"]]);
});

test("choices that another version stored are passed over", async (t) => {
  const { session, asked, heard } = made();
  t.after(() => session.stop());
  const choices = { usageRange: "century", recordsKind: "lottery" };
  await receive(session, {
    type: "ready",
    version: 1,
    choices,
    activity: { visible: true, focused: true, online: true },
  });
  await receive(session, { type: "shown", section: "usage" });
  await receive(session, { type: "shown", section: "records" });
  assert.deepEqual([asked.usage.at(-1), asked.records.at(-1)], ["30days", { page: 1, pageSize: 50 }]);
  assert.deepEqual(heard("refused"), []);
});

test("no action is reported as done before it is", async (t) => {
  const { client, host, session, heard, posted } = made();
  t.after(() => session.stop());
  await session.open();
  host.copy = () => Promise.reject(new Error("not allowed"));
  await receive(session, { type: "act", id: "copy", value: "code" });
  assert.deepEqual(heard("copied"), [{ type: "copied", done: false }]);
  host.saveFile = () => Promise.reject(new Error("disk full"));
  await receive(session, { type: "act", id: "export", value: "usage.csv" });
  host.openLink = () => Promise.reject(new Error("no browser"));
  await receive(session, { type: "open", href: "https://x.example/" });
  host.savePreference = () => false;
  await receive(session, { type: "act", id: "mask", value: "on" });
  assert.deepEqual(
    heard("failed").map(({ what }) => what),
    ["save", "open", "setting"],
  );
  // The account page has no address while signed out.
  await receive(session, { type: "open", openAccount: "usage" });
  assert.equal(posted.at(-1).what, "open");
  client.file = { text: "", complete: false, rows: 0, fileName: "credits-usage-incomplete.csv" };
  host.saveFile = async (name, _type, text) => host.files.push([name, text]) > 0;
  await receive(session, { type: "act", id: "export", value: "usage.csv" });
  assert.deepEqual(host.files, []);
  client.file = { text: "half", complete: false, rows: 200, fileName: "credits-usage-incomplete.csv" };
  await receive(session, { type: "act", id: "export", value: "usage.csv" });
  assert.deepEqual(host.files, [["credits-usage-incomplete.csv", "half"]]);
});
