/** The extension in both of its hosts, on an editor that keeps all that it is given: signed in by the browser, used, signed out. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FakeEditor } from "../editor/support/fake-editor.mjs";
import { openSideBarPage } from "../editor/support/side-bar-page.mjs";
import { until } from "../editor/support/until.mjs";

/** @param host "web" or "node" */
export async function useExtension({ host, gateway, secrets, search, giver, receiver }) {
  const folder = mkdtempSync(join(tmpdir(), "credit-canary-"));
  const realFetch = globalThis.fetch;
  globalThis.fetch = (request, options) => {
    const headers = new Headers(options?.headers ?? request.headers);
    headers.delete("authorization");
    search.at("request headers", [...headers], { step: host });
    return realFetch(request, options);
  };
  const editor = await FakeEditor.start(
    { "costrictCredit.baseUrl": gateway.url, "costrictCredit.model": "GLM-4.6" },
    { host, ...(host === "node" ? { folder } : {}) },
  );
  try {
    await everything({ editor, gateway, secrets, search, giver, receiver });
    look({ editor, search, step: host });
    // Both hosts keep what is shared in files; the node host's are those of the machine.
    for (const [path, bytes] of editor.files)
      search.at("extension's files", `${path}\n${Buffer.from(bytes).toString("latin1")}`);
    search.files("extension's files", folder);
    search.at("extension's files", editor.kept);
  } finally {
    editor.stop();
    globalThis.fetch = realFetch;
    rmSync(folder, { recursive: true, force: true });
  }
}

function look({ editor, search, step, page }) {
  search.at("extension's log", editor.log.join("\n"), { step });
  search.at("extension's messages", [editor.messages, editor.item, editor.ran, editor.progress, editor.contexts], {
    step,
  });
  if (page !== undefined) search.at("extension's messages", page.posted, { step: `${step}, to its page` });
}

async function everything({ editor, gateway, secrets, search, giver, receiver }) {
  const statusShows = (text) => until(text, () => ((editor.item.text ?? "").includes(text) ? true : undefined));
  const page = await openSideBarPage(editor);
  await until("a view", () => page.views().at(-1));
  gateway.pair = { access_token: giver.token, refresh_token: giver.renewal };
  editor.user.pick = (items) => items.find(({ label }) => label.includes("browser"));
  await editor.command("signIn");
  await until("the token", () => (editor.token === giver.token ? true : undefined));
  await statusShows("41.5");
  for (const section of ["usage", "records"]) page.send({ type: "shown", section });
  page.send({ type: "draft", text: "hello", model: "GLM-4.6" });

  const answers = ["2", receiver.id];
  editor.user.pick = ([first]) => first;
  editor.user.input = () => answers.shift();
  editor.user.message = ({ modal, actions }) => (modal ? actions[0] : undefined);
  await editor.command("giveVoucher");
  const code = await until("the code", () => editor.copied);
  secrets.addText("the code", code);
  await editor.command("refresh");

  editor.user.input = () => code;
  editor.user.message = undefined;
  await editor.command("redeemVoucher");
  editor.user.pick = (items) => items.find(({ value }) => value === "usage.csv");
  await editor.command("exportHistory");
  await editor.command("showAccount");
  const opened = editor.opened.length;
  page.send({ type: "open", openAccount: "usage" });
  await until("the account page", () => (editor.opened.length > opened ? true : undefined));
  handOver({ editor, secrets, search, giver });

  const text = JSON.stringify({ code: giver.token, message: `Bearer ${giver.token}, ${code}` });
  for (const status of [500, 403, 401]) {
    for (const path of ["/quota", "/models", "/quota/audit", "/usage/statistics"])
      gateway.failNext(path, { status, text });
    gateway.failNext("/login/token", { status, text: JSON.stringify({ code: giver.renewal, message: giver.renewal }) });
    await editor.command("refresh");
    page.send({ type: "act", id: "records_retry" });
    gateway.failNone();
  }
  look({ editor, search, page, step: "before signing out" });
  await editor.command("signOut");
  await until("signed out", () => (editor.token === undefined ? true : undefined));
  await statusShows("");
  look({ editor, search, page, step: "after signing out" });
}

/** Addresses in the browser: the login has its state, and the account page is handed over with the hash of the token. */
function handOver({ editor, secrets, search, giver }) {
  for (const address of editor.opened) {
    const url = new URL(address);
    const state = url.searchParams.get("state");
    if (state !== null) secrets.addText("the state of an address", state);
    search.at("extension's links", address, { step: url.pathname, shown: ["the state of an address"] });
    if (address.includes(giver.token)) throw new Error("the token is in an address");
  }
}
