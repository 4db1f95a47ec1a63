/** A Node program that uses all of the library: the packed package, its file store, and a server that fails in between. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LOCALES = ["en", "zh-CN"];
const ALL_DAYS = { range: "30days" };
/** Longer than any wait after a failure. */
const NEXT_HOUR = 3_600_000;

/** The form of a voucher shows the code until the account is another one. */
const IN_FORM = ["the code"];

/** Calls by name, and looks at everything that comes back or is thrown. */
class Calls {
  constructor(client, search) {
    this.client = client;
    this.search = search;
  }

  async make(name, args, { place = "results", shown = [] } = {}) {
    let result;
    try {
      result = await this.client[name](...args);
    } catch (error) {
      this.search.at("errors", `${error.message}\n${error.stack}\n${JSON.stringify(error)}`, { step: name, shown });
      return undefined;
    }
    this.search.at(place, result ?? "nothing", { step: name, shown });
    if (result?.problem !== undefined) this.search.at("problems", result.problem, { step: name });
    return result;
  }

  /** All that can be shown. A form that was just sent, and records with codes, show codes to the one who asked for them. */
  async views(step, shown = []) {
    for (const locale of LOCALES) {
      const options = { locale, timeZone: "Asia/Shanghai" };
      for (const view of ["panel", "status", "notices"])
        this.search.at("views", await this.client[view](options), { step: `${view} ${step}`, shown });
    }
  }
}

/** Failures as servers send them, with a token and a code in each text that a client could show. */
function failures(token, code) {
  const words = `denied for Bearer ${token} and voucher ${code}`;
  const envelope = (key) => JSON.stringify({ code: key, success: false, message: words, data: null });
  return [
    { status: 500, text: envelope(token) },
    { status: 403, text: envelope("quota-manager.forbidden") },
    { status: 502, type: "text/html", text: `<html><title>${words}</title>${token}</html>` },
    { status: 400, text: words },
    { status: 200, text: `{"code":"${token}","data":{"total_quota":"${token}"}}` },
  ];
}

/**
 * @param giver `{ id, token }` with credits; `receiver` another account
 * @returns the code of the voucher that was given
 */
export async function useLibrary({ gateway, secrets, search, giver, receiver }) {
  const [api, node] = await Promise.all([import(packed("index.js")), import(packed("node/dist/index.js"))]);
  await api.load();
  searchForPrinting(search);
  const folder = mkdtempSync(join(tmpdir(), "credit-canary-"));
  const state = { token: undefined, later: 0 };
  const store = new node.FileStore(folder);
  const host = {
    ...node.nodeHost({
      server: gateway.url,
      token: async () => (state.token === undefined ? undefined : { token: state.token, origin: "environment" }),
      store,
      log: (level, message) => search.at("log lines", `${level} ${message}`),
    }),
    now: () => Date.now() + state.later,
    write: async (key, value) => {
      search.at("storage", `${key}\n${value ?? ""}`);
      await store.write(key, value);
    },
  };
  const client = new api.CreditClient(host, { baseUrl: gateway.url, budget: { perDay: { warn: 0.1, stop: 1_000 } } });
  const calls = new Calls(client, search);
  try {
    return await everything({ calls, client, state, gateway, secrets, search, giver, receiver });
  } finally {
    await client.forget();
    search.files("file store", folder);
    client.free();
    await calls.make("refresh", ["manual"]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function everything({ calls, client, state, gateway, secrets, search, giver, receiver }) {
  await calls.make("open", []);
  await calls.views("signed out");
  state.token = giver.token;
  await calls.make("refresh", ["signed_in"]);
  await calls.views("signed in");
  await history(calls);
  await requests(calls, giver.token);

  const grant = client.account().balance.grants[0];
  const order = { receiverId: receiver.id, lines: [{ expiresAt: grant.expiresAt, amount: 2 }] };
  const given = await calls.make("transferOut", [order], { shown: ["the code"] });
  const code = given.voucherCode;
  secrets.addText("the code", code);
  await calls.views("with the code just given", IN_FORM);
  await calls.make("records", [{ page: 1, pageSize: 50 }]);
  await calls.views("after the records", IN_FORM);
  await calls.make("records", [{ page: 1, pageSize: 50, withVouchers: true }], { shown: ["the code"] });
  await calls.views("with the codes of the records", IN_FORM);
  const records = await calls.make("exportAs", ["records", "csv"], { place: "exports" });
  await calls.make("exportAs", ["records", "json"], { place: "exports" });
  if (records.rows === 0) throw new Error("no record was exported");

  const address = await client.accountUrl("usage");
  secrets.addText("the hand-over", new URL(address).searchParams.get("state"));
  await calls.views("after the hand-over", IN_FORM);
  await underFailures({ calls, state, gateway, token: giver.token, code });

  // The other account redeems it: at first with a slip, then twice.
  state.token = receiver.token;
  state.later += NEXT_HOUR;
  await calls.make("refresh", ["signed_in"]);
  await calls.views("as another account");
  for (const typed of [`${code}x`, code, code]) await calls.make("redeem", [typed]);
  await calls.views("redeemed");
  await calls.make("inviteCode", []);
  state.token = undefined;
  await calls.make("refresh", ["manual"]);
  await calls.views("signed out again");
  search.at("results", client.account());
  return code;
}

async function history(calls) {
  await calls.make("usage", [ALL_DAYS]);
  await calls.make("usageBefore", [ALL_DAYS]);
  await calls.make("loadForecast", []);
  for (const format of ["csv", "json"]) await calls.make("exportAs", ["usage", format], { place: "exports" });
}

async function requests(calls, token) {
  const draft = { model: "GLM-4.6", text: "hello", task: { id: "42", title: "A task" } };
  await calls.make("estimate", [draft]);
  await calls.make("compare", [draft]);
  const reply = { status: 403, contentType: "application/json", body: JSON.stringify({ message: `Bearer ${token}` }) };
  await calls.make("explain", [reply], { place: "problems" });
  for (const outcome of [
    { kind: "charged", credits: 0.5 },
    { kind: "failed", reply },
  ]) {
    const { id } = await calls.make("begin", [draft]);
    await calls.make("settle", [id, outcome]);
    await calls.make("receipt", [id, { locale: "en" }], { place: "views" });
  }
  await calls.make("tasks", []);
  await calls.views("after a refused request");
  // Secrets in place of what a method wants: its error names the field, not what was given.
  for (const [name, args] of [
    ["estimate", [{ model: "GLM-4.6", text: "x", inputTokens: token }]],
    ["refresh", [token]],
    ["usage", [{ range: token }]],
    ["records", [{ page: token, pageSize: 5 }]],
    ["transferOut", [{ receiverId: token, lines: [] }]],
    ["panel", [{ locale: token }]],
    ["setCatalogue", [token, "{}"]],
    ["configure", [{ baseUrl: `https://user:${token}@host/?q=${token}` }]],
  ])
    await calls.make(name, args);
}

async function underFailures({ calls, state, gateway, token, code }) {
  for (const failure of failures(token, code)) {
    state.later += NEXT_HOUR;
    for (const path of ["/quota", "/models", "/usage/statistics", "/quota/audit", "/transfer-in", "/usage"])
      gateway.failNext(path, failure);
    await calls.make("refresh", ["manual"]);
    await calls.make("usage", [ALL_DAYS]);
    await calls.make("records", [{ page: 1, pageSize: 50 }]);
    await calls.make("redeem", [code]);
    await calls.make("exportAs", ["usage", "csv"], { place: "exports" });
    await calls.views("after failures", IN_FORM);
    gateway.failNone();
  }
}

/** A panic of the shipped core is a trap: nothing that it imports could carry a text out of it. */
function searchForPrinting(search) {
  const module = new WebAssembly.Module(readFileSync(new URL(packed("dist/costrict_credit_bg.wasm"))));
  const names = WebAssembly.Module.imports(module).map(({ name }) => name);
  const printing = names.filter((name) => /console|_log_|_error_[0-9a-f]|_stack_|panic/.test(name));
  if (printing.length > 0) throw new Error(`the core can print: ${printing}`);
  search.at("panics", names);
}

const packed = (file) => new URL(`../../target/package/node_modules/costrict-credit/${file}`, import.meta.url).href;
