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
  const asked = { records: [], usage: [], queries: [], compared: [], exports: [], options: [], pages: 0 };
  const client = {
    user: "a",
    total,
    file: { text: "x", complete: true, rows: 1, fileName: "credits-usage.csv" },
    account: () => ({ state: "known", user: { id: client.user }, balance: {}, revision: 1 }),
    open: async () => client.account(),
    refresh: async () => client.account(),
    nextRefresh: () => undefined,
    accountPageOpened: () => {
      asked.pages += 1;
    },
    watch: () => () => {},
    openPanel: () => ({
      view: (options) => client.panel(options),
      begin: (draft) => client.begin(draft),
      usage: (query) => client.usage(query),
      usageBefore: async (query) => client.usageBefore?.(query),
      records: (query) => client.records(query),
      exportAs: (...args) => client.exportAs(...args),
      transferOut: (order) => client.transferOut(order),
      redeem: (code) => client.redeem(code),
      free: () => {},
    }),
    missingCatalogue: () => undefined,
    loadForecast: async () => ({}),
    setCatalogue: () => {},
    panel: ({ draft, history }) => {
      asked.options.push(history);
      return { user: client.user, draft, sections: [], value: "code", href: "https://x.example/" };
    },
    records: async (query) => {
      asked.records.push(query);
      const pages = Math.ceil(client.total / query.pageSize);
      const rows = Math.max(0, Math.min(query.pageSize, client.total - (query.page - 1) * query.pageSize));
      return { rows: Array.from({ length: rows }), total: client.total, pages };
    },
    report: { rows: [], complete: true },
    usage: async (query) => {
      const { range } = query;
      if (range.from > range.to) throw refusal;
      asked.usage.push(range);
      asked.queries.push(query);
      return client.report;
    },
    usageBefore: async (query) => {
      asked.compared.push(query);
    },
    exportAs: async (what, format, query) => {
      asked.exports.push([what, format, query?.range]);
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
  const session = new PanelSession(client, client.openPanel(), host, (message) => posted.push(message));
  return { client, host, session, asked, posted, heard: (type) => posted.filter((message) => message.type === type) };
}

const LOOKED_AT = { visible: true, focused: true, online: true };

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
  assert.deepEqual(asked.records.at(-1), {
    page: 3,
    pageSize: 50,
    withVouchers: true,
    operation: "recharge",
    text: "Ann",
  });
  client.user = "b";
  client.total = 2;
  session.show();
  await receive(session, { type: "shown", section: "records" });
  assert.deepEqual(asked.records.at(-1), { page: 1, pageSize: 50, withVouchers: true, operation: "recharge" });
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
  assert.deepEqual(
    [asked.usage.at(-1), asked.records.at(-1)],
    ["30days", { page: 1, pageSize: 50, withVouchers: true }],
  );
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

test("a page behind a link of the view may change the credits, so the balance is read again", async (t) => {
  const { client, session, asked, host } = made();
  t.after(() => session.stop());
  await session.open();
  await receive(session, { type: "open", openAccount: "subscription" });
  assert.equal(asked.pages, 0, "nothing was opened");
  client.accountUrl = async () => "https://credits.example/credit/manager";
  await receive(session, { type: "open", openAccount: "subscription" });
  assert.equal(asked.pages, 1);
  host.openLink = () => Promise.reject(new Error("no browser"));
  await receive(session, { type: "open", openAccount: "usage" });
  assert.equal(asked.pages, 1);
});

test("usage and record have the reader's days or the server's, and the file has them too", async (t) => {
  const { client, session, asked } = made();
  t.after(() => session.stop());
  const exported = [];
  client.exportAs = async (_what, _format, query) => {
    exported.push(query);
    return client.file;
  };
  const reader = { timeZone: "Europe/Berlin", locale: "en-GB" };
  await receive(session, {
    type: "ready",
    version: 1,
    choices: { usageRange: "last_week" },
    activity: LOOKED_AT,
    reader,
  });
  await receive(session, { type: "shown", section: "usage" });
  assert.deepEqual(asked.queries.at(-1), {
    range: "last_week",
    locale: "en-GB",
    timeZone: "Europe/Berlin",
    groupBy: "task",
  });
  await receive(session, { type: "act", id: "usage_days", value: "server" });
  assert.deepEqual(asked.queries.at(-1), { range: "last_week", locale: "en-GB", groupBy: "task" });
  assert.equal(asked.options.at(-1).days, "server");
  await receive(session, { type: "act", id: "export", value: "usage.csv" });
  assert.deepEqual(exported, [{ range: "last_week", locale: "en-GB" }]);
  await receive(session, { type: "act", id: "usage_days", value: "moon" });
  assert.equal(asked.options.at(-1).days, "server");
  // Days begin at other times in another zone.
  await receive(session, { type: "act", id: "usage_days", value: "local" });
  const before = asked.queries.length;
  await receive(session, { type: "reader", reader: { ...reader, timeZone: "Asia/Tokyo" } });
  assert.equal(asked.queries.length, before + 1);
  assert.equal(asked.queries.at(-1).timeZone, "Asia/Tokyo");
});

test("the period before is asked for with a range that is looked at, and not where it is known or useless", async (t) => {
  const { client, session, asked } = made();
  t.after(() => session.stop());
  client.report = { rows: [{}], complete: true };
  await receive(session, { type: "ready", version: 1, choices: {}, activity: LOOKED_AT });
  assert.equal(asked.compared.length, 0);
  await receive(session, { type: "shown", section: "usage" });
  assert.deepEqual([asked.usage, asked.compared.map(({ range }) => range)], [["30days"], ["30days"]]);
  const useless = [
    { rows: [{}], complete: true, before: {} },
    { rows: [{}], complete: false },
    { rows: [], complete: true },
  ];
  for (const report of useless) {
    client.report = report;
    await receive(session, { type: "act", id: "usage_range", value: "last_month" });
  }
  assert.equal(asked.compared.length, 1);
});

test("a bar that was chosen and a page of its requests go with the range", async (t) => {
  const { session, asked } = made();
  t.after(() => session.stop());
  await receive(session, { type: "act", id: "usage_select", value: "1764000000000" });
  await receive(session, { type: "act", id: "requests_page", value: "3" });
  assert.deepEqual(asked.options.at(-1), { days: "local", selected: 1764000000000, page: 3 });
  for (const value of ["0", "x", "1e99", "-1"]) await receive(session, { type: "act", id: "requests_page", value });
  await receive(session, { type: "act", id: "usage_select", value: "1764086400000" });
  assert.deepEqual(asked.options.at(-1), { days: "local", selected: 1764086400000, page: 1 });
  await receive(session, { type: "act", id: "usage_select", value: "yesterday" });
  assert.equal(asked.options.at(-1).selected, undefined);
  await receive(session, { type: "act", id: "usage_select", value: "1764086400000" });
  await receive(session, { type: "act", id: "usage_range", value: "today" });
  assert.deepEqual(asked.options.at(-1), { days: "local", page: 1 });
});
