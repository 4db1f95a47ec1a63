/**
 * The server of a run: the ledger behind a gateway that knows the canary's tokens, repeats secrets in its failures as servers do, and
 * keeps what it was sent. It signs in, and serves the page, so that the page and its server are of one origin.
 */
import { createServer } from "node:http";

const LOGIN = "/oidc-auth/api/v1/plugin/login";

export class Gateway {
  /** Requests as `{ url, headers, body }`; Authorization is left out. */
  requests = [];
  /** The ledger's token for each token of the canary. */
  tokens = new Map();
  /** What the login hands out next. */
  pair;
  /** By path, what the page is made of. */
  files = new Map();
  #failing = [];
  #server;
  #ledger;

  static async open(ledger) {
    const gateway = new Gateway();
    gateway.#ledger = ledger;
    gateway.#server = createServer((request, response) => {
      gateway.#answer(request, response).catch((cause) => response.destroy(cause));
    });
    await new Promise((done) => gateway.#server.listen(0, "127.0.0.1", done));
    return gateway;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** The next requests to a path fail with these replies, which may repeat any secret. */
  failNext(path, ...replies) {
    this.#failing.push(...replies.map((reply) => ({ path, ...reply })));
  }

  failNone() {
    this.#failing = [];
  }

  close() {
    this.#server.closeAllConnections();
    return new Promise((done) => this.#server.close(done));
  }

  async #answer(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const { authorization, ...headers } = request.headers;
    const url = new URL(request.url, this.url);
    const file = this.files.get(url.pathname);
    if (file !== undefined) return response.writeHead(200, { "content-type": file.type }).end(file.body);
    this.requests.push({ url: request.url, headers, body: body.toString("utf8") });
    const failing = this.#failing.findIndex(({ path }) => url.pathname.endsWith(path));
    if (failing >= 0) {
      const [{ status, type = "application/json", text }] = this.#failing.splice(failing, 1);
      return response.writeHead(status, { "content-type": type }).end(text);
    }
    const json = (status, value) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (url.pathname === LOGIN) return response.writeHead(200, { "content-type": "text/html" }).end("<p>signed in</p>");
    if (url.pathname === `${LOGIN}/token`) {
      const state = url.searchParams.get("state");
      return json(200, { success: true, data: { ...this.pair, state } });
    }
    if (url.pathname.startsWith(LOGIN)) return json(200, { success: true });
    const token = authorization?.replace(/^Bearer /, "");
    if (token !== undefined && !this.tokens.has(token)) return json(401, { code: "x", message: `no such ${token}` });
    const reply = await fetch(this.#ledger.url + request.url, {
      method: request.method,
      headers: {
        "content-type": headers["content-type"] ?? "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${this.tokens.get(token)}` }),
      },
      ...(body.length === 0 ? {} : { body }),
    });
    const kept = ["content-type", "date", "retry-after"].filter((name) => reply.headers.has(name));
    response.writeHead(reply.status, Object.fromEntries(kept.map((name) => [name, reply.headers.get(name)])));
    response.end(Buffer.from(await reply.arrayBuffer()));
  }
}
