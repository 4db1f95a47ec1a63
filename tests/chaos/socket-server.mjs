/** Serves the plans over a real socket on 127.0.0.1, where the engine's own `fetch` unpacks, redirects and gives up. */
import { createServer } from "node:http";
import { goodReply, gzipBomb } from "./replies.mjs";

const CORS = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };

/** `next` gives each request's plan. Delays are real and short: virtual time goes on meanwhile. */
export async function socketServer(next) {
  const server = createServer((request, response) => {
    request.resume();
    response.on("error", () => {});
    const plan = next(request.url);
    try {
      serveInMemory(plan, request, response);
    } catch {
      // Node refuses some headers; the connection ends then.
      response.destroy();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}

function serveInMemory(plan, request, response) {
  if (plan.never) return;
  if (plan.broken) return void response.destroy();
  if (plan.redirect) return void response.writeHead(plan.redirect, { ...CORS, location: request.url }).end();
  if (plan.bomb) {
    const packed = gzipBomb(plan.bomb);
    return void response
      .writeHead(200, { ...CORS, "content-type": "application/json", "content-encoding": "gzip" })
      .end(packed);
  }
  const { "content-length": length, ...headers } = plan.headers;
  if (plan.stall !== undefined) {
    response.writeHead(plan.status, { ...CORS, ...headers, "content-length": "100000" });
    return void response.write(plan.body.slice(0, plan.stall) || " ");
  }
  if (plan.drip) {
    response.writeHead(plan.status, { ...CORS, ...headers });
    return void response.write(goodReply(request.url).body.slice(0, 1));
  }
  if (length !== undefined) headers["content-length"] = String(Math.min(Number(length), Buffer.byteLength(plan.body)));
  response.writeHead(plan.status, { ...CORS, ...headers });
  response.end(length === undefined ? plan.body : Buffer.from(plan.body).subarray(0, Number(length)));
}
