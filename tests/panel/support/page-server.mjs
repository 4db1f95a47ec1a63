// Serves a built page as `cargo xtask start` does: the same policy, and the session to the page alone.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};
const POLICY = await readFile(new URL("../../../www/policy.txt", import.meta.url), "utf8");

/**
 * @param options `session` is what session.json answers and may be replaced while the server runs; `html` is a document in place of the
 * folder's `index`
 */
export async function servePage({ folder, index = "index.html", html, session = {} }) {
  const state = { session };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://page").pathname;
    const origin = state.session.baseUrl ? new URL(state.session.baseUrl).origin : "";
    response.setHeader("content-security-policy", POLICY.trim().replace(/\s+/g, " ").replace("{server}", origin));
    response.setHeader("cache-control", "no-store");
    if (path === "/session.json") {
      response.setHeader("content-type", TYPES[".json"]);
      return response.end(JSON.stringify(state.session));
    }
    if (path === "/" && html !== undefined) {
      response.setHeader("content-type", TYPES[".html"]);
      return response.end(html);
    }
    const name = path === "/" ? index : path.slice(1);
    try {
      const body = await readFile(new URL(name, folder));
      response.setHeader("content-type", TYPES[extname(name)] ?? "application/octet-stream");
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    folder: fileURLToPath(folder),
    setSession(next) {
      state.session = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
