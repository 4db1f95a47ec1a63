// A page of someone else that shows the panel: built from the package by esbuild, under a strict policy, with accounts of its own.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const ROOT = new URL("../../../", import.meta.url);
const POLICY = (await readFile(new URL("www/policy.txt", ROOT), "utf8")).trim().replace(/\s+/g, " ");

/** What the page's own script does: it offers the package to the tests. */
const SCRIPT = `
  import { CreditClient, load } from "costrict-credit";
  import { browserHost } from "costrict-credit/panel";
  await load();
  globalThis.clientOf = (token) => new CreditClient(browserHost({ token }), { baseUrl: location.origin });
  globalThis.isLoaded = true;`;

/** Rules and ids that would change the panel, or that the panel would change, if it were part of the page. */
const STYLE = `
  :root { --tone: red; --page: rgb(250, 0, 0); letter-spacing: 4px; text-transform: uppercase; }
  .panel, .headline, .group { display: none; }
  h1, h2, button { font-size: 40px; color: rgb(0, 90, 0); }
  * { box-sizing: content-box; }`;
const HTML = `<!doctype html>
<html lang="fr" dir="rtl" data-own="yes">
  <head><meta charset="utf-8"><title>Shop</title><link rel="stylesheet" href="/page.css"><script type="module" src="/page.js"></script></head>
  <body class="own"><h1 id="title">Shop</h1><p id="summary" class="muted">Ours</p><main id="panels"></main></body>
</html>`;

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** A token of an account; nothing checks its signature. */
export const token = (account) =>
  `${part({ alg: "none" })}.${part({ universal_id: account, name: account, exp: 4_000_000_000 })}.x`;

const nameIn = (authorization) =>
  JSON.parse(Buffer.from(authorization.split(".")[1], "base64url").toString("utf8")).universal_id;
const inEnvelope = (data) => ({ code: "quota-manager.success", message: "ok", success: true, data });
const HOUR = 3_600_000;
/** Two hours ago, in the server's zone. */
const record_time = `${new Date(Date.now() + 6 * HOUR).toISOString().slice(0, 19)}+08:00`;
const REPLIES = {
  "/quota-manager/api/v1/quota": (left) =>
    inEnvelope({
      total_quota: 100,
      used_quota: 100 - left,
      quota_list: [{ amount: left, expiry_date: "2099-12-31T23:59:59+08:00" }],
    }),
  "/quota-manager/api/v1/usage/statistics": () =>
    inEnvelope({ total: 1, records: [{ id: 1, model: "GLM-4.6", tokens: 10, credits_used: 1, record_time }] }),
  "/quota-manager/api/v1/quota/audit": () =>
    inEnvelope({ total: 1, records: [{ operation: "RECHARGE", amount: 1, create_time: record_time }] }),
  "/ai-gateway/api/v1/models": () => ({ object: "list", data: [{ id: "GLM-4.6", creditConsumption: 1 }] }),
};

const TYPES = {
  js: "text/javascript",
  css: "text/css",
  html: "text/html",
  wasm: "application/wasm",
  json: "application/json",
};

/** @param accounts the credits that are left, by account */
export async function serveEmbedder(accounts) {
  const stdin = { contents: SCRIPT, resolveDir: fileURLToPath(ROOT) };
  const { outputFiles } = await build({ stdin, bundle: true, format: "esm", target: "es2022", write: false });
  const files = { "/": HTML, "/page.css": STYLE, "/page.js": outputFiles[0].contents };
  const requests = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://page");
    const send = (type, body) =>
      response
        .writeHead(200, { "content-type": type, "content-security-policy": POLICY.replace("{server}", "") })
        .end(body);
    const reply = REPLIES[pathname];
    if (reply !== undefined) {
      const { authorization } = request.headers;
      requests.push({ pathname, account: nameIn(authorization) });
      return send(TYPES.json, JSON.stringify(reply(accounts[nameIn(authorization)])));
    }
    if (files[pathname] !== undefined) return send(TYPES[pathname.split(".")[1] ?? "html"], files[pathname]);
    // Beside the bundle, where it expects the files of the package.
    const body = await readFile(new URL(`pkg${pathname}`, ROOT)).catch(() => undefined);
    return body === undefined ? response.writeHead(404).end() : send(TYPES[pathname.split(".").at(-1)], body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    requests,
    close: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}
