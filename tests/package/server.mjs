/** A loopback server that answers as the credit server does, for one account that never changes. */
import { createServer } from "node:http";

const inEnvelope = (data) => ({ code: "quota-manager.success", message: "ok", success: true, data });

const REPLIES = {
  "/quota-manager/api/v1/quota": () =>
    inEnvelope({
      total_quota: 100,
      used_quota: 58.5,
      quota_list: [{ amount: 41.5, expiry_date: "2099-12-31T23:59:59+08:00" }],
    }),
  "/ai-gateway/api/v1/models": () => ({
    object: "list",
    data: [{ id: "GLM-4.6", object: "model", creditConsumption: 1, creditDiscount: 0, contextWindow: 128000 }],
  }),
};

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "Authorization, Content-Type, Accept, Cache-Control, X-Requested-With",
};

/** A token of the right form for a user of the server; nothing checks its signature. */
export function token() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ universal_id: "user-1", exp: 4_000_000_000 })}.x`;
}

/**
 * Starts the server on a free port. `files` maps further paths to `{ type, body }`; `holding` keeps replies back until
 * `release` is called.
 */
export async function serve({ files = {}, holding = false } = {}) {
  const held = [];
  const paths = [];
  const bearers = [];
  let arrived;
  const firstRequest = new Promise((done) => {
    arrived = done;
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://loopback");
    paths.push(pathname);
    if (request.headers.authorization !== undefined) bearers.push(request.headers.authorization);
    if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
    const file = files[pathname];
    if (file) return response.writeHead(200, { "content-type": file.type }).end(file.body);
    const reply = REPLIES[pathname];
    if (!reply) return response.writeHead(404, CORS).end();
    const send = () =>
      response.writeHead(200, { ...CORS, "content-type": "application/json" }).end(JSON.stringify(reply()));
    arrived();
    return holding ? held.push(send) : send();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    paths,
    bearers,
    firstRequest,
    release: () => held.splice(0).forEach((send) => send()),
    close: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}

/** A host with storage in memory. */
export function host() {
  const stored = new Map();
  return {
    token: async () => token(),
    read: async (key) => stored.get(key),
    write: async (key, value) => void (value === undefined ? stored.delete(key) : stored.set(key, value)),
  };
}
