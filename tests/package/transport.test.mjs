/** What the package does with servers that redirect, stall, swell or cannot be reached. Over real sockets. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { install } from "./install.mjs";
import { host, token } from "./server.mjs";

const QUOTA = "/quota-manager/api/v1/quota";
const BALANCE = {
  success: true,
  data: { total_quota: 100, used_quota: 40, quota_list: [{ amount: 60, expiry_date: "2099-12-31T23:59:59+08:00" }] },
};

// A suite that already has the package unpacked somewhere names its entry.
const user = process.env.COSTRICT_CREDIT_ENTRY ? undefined : install();
after(() => user?.remove());
const entry = process.env.COSTRICT_CREDIT_ENTRY ?? join(user.place, "index.js");
const { load, CreditClient } = await import(pathToFileURL(entry).href);
await load();

/** A server whose routes are functions of request and response; `asked` counts by method and path. */
async function serve(routes) {
  const asked = new Map();
  const server = createServer((request, response) => {
    const key = `${request.method} ${new URL(request.url, "http://loopback").pathname}`;
    asked.set(key, (asked.get(key) ?? 0) + 1);
    const route = routes[key];
    if (route) route(request, response, asked.get(key));
    else response.writeHead(404).end();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    asked: (key) => asked.get(key) ?? 0,
    close: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}

const json = (value) => (_, response) =>
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
const redirect = (status, to) => (request, response) => response.writeHead(status, { location: to(request) }).end();

/** A client on a clock that the test moves, so that no floor is waited for; `lines` is its log. */
function clientAt(baseUrl) {
  const lines = [];
  let now = Date.parse("2026-11-30T12:00:00Z");
  const client = new CreditClient(
    { ...host(), now: () => now, log: (level, message) => lines.push(`${level} ${message}`) },
    { baseUrl },
  );
  const refresh = (trigger = "manual") => {
    now += 60_000;
    return client.refresh(trigger);
  };
  return { client, lines, refresh };
}

test("a write that is redirected is sent once", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const path = `POST ${QUOTA}/transfer-out`;
    const server = await serve({
      [`GET ${QUOTA}`]: json(BALANCE),
      [path]: redirect(status, (request) => request.url),
      [`GET ${QUOTA}/transfer-out`]: json({ success: true, data: { voucher_code: "a-code-that-was-never-made" } }),
      [`GET ${QUOTA}/audit`]: json({ success: true, data: { total: 0, records: [] } }),
    });
    const { client, refresh } = clientAt(server.base);
    await refresh();
    const lines = [{ expiresAt: Date.parse("2099-12-31T23:59:59+08:00"), amount: 1 }];
    const given = await client.transferOut({ receiverId: "7b1f4d2e-aaaa-4bbb-8ccc-121212121212", lines });
    assert.equal(server.asked(path), 1, `${status}`);
    assert.equal(given.voucherCode, undefined);
    assert.equal(given.problem.kind, "outcome_unknown");
    client.free();
    await server.close();
  }
});

test("a read is believed after a redirect within its server and not after one to another", async () => {
  const other = await serve({
    "GET /x": json({ success: true, data: { total_quota: 999, used_quota: 0, quota_list: [] } }),
  });
  const away = await serve({ [`GET ${QUOTA}`]: redirect(302, () => `${other.base}/x`) });
  const { client, refresh } = clientAt(away.base);
  const account = await refresh();
  assert.equal(account.state, "unknown");
  assert.equal(account.problem.kind, "unavailable");
  assert.match(account.problem.detail, /redirect/);
  const home = await serve({ [`GET ${QUOTA}`]: redirect(301, () => "/moved"), "GET /moved": json(BALANCE) });
  const second = clientAt(home.base);
  assert.equal((await second.refresh()).balance.remaining, 60);
  client.free();
  second.client.free();
  await Promise.all([other, away, home].map((server) => server.close()));
});

test("a small reply that unpacks to more than is read is given up on the way", async () => {
  const packed = gzipSync(Buffer.alloc(256 * 1024 * 1024, " "));
  const server = await serve({
    [`GET ${QUOTA}`]: (_, response, times) =>
      times === 1
        ? response.writeHead(200, { "content-encoding": "gzip", "content-type": "application/json" }).end(packed)
        : json(BALANCE)(_, response),
  });
  const { client, refresh } = clientAt(server.base);
  const before = process.memoryUsage.rss();
  const account = await refresh();
  assert.deepEqual([account.state, account.problem.kind], ["unknown", "malformed"]);
  assert.ok(process.memoryUsage.rss() - before < 128 * 1024 * 1024, "it was unpacked whole");
  assert.equal((await refresh()).balance.remaining, 60);
  client.free();
  await server.close();
});

test("a body that stalls or drips ends with the time limit, and the next refresh asks again", async () => {
  const real = globalThis.setTimeout;
  // The limit of a request is 15 s, and nothing else here waits as long.
  globalThis.setTimeout = (call, length, ...rest) => real(call, length === 15_000 ? 100 : length, ...rest);
  try {
    for (const drips of [false, true]) {
      let closed;
      const hungUp = new Promise((done) => {
        closed = done;
      });
      const server = await serve({
        [`GET ${QUOTA}`]: (request, response, times) => {
          if (times > 1) return json(BALANCE)(request, response);
          response.writeHead(200, { "content-type": "application/json" });
          response.write("{");
          const drip = drips ? setInterval(() => response.write(" "), 5) : undefined;
          response.on("close", () => {
            clearInterval(drip);
            closed();
          });
        },
      });
      const { client, refresh } = clientAt(server.base);
      const account = await refresh();
      assert.deepEqual([account.state, account.problem.kind], ["unknown", "network"], `drips: ${drips}`);
      assert.match(account.problem.detail, /in time/);
      await hungUp;
      assert.equal((await refresh()).balance.remaining, 60);
      client.free();
      await server.close();
    }
  } finally {
    globalThis.setTimeout = real;
  }
});

test("a refused port is said in plain words, and raw in the log", async () => {
  const gone = await serve({});
  await gone.close();
  const { client, lines, refresh } = clientAt(gone.base);
  const { problem } = await refresh();
  assert.equal(problem.kind, "network");
  assert.match(problem.detail, /refused/);
  assert.ok(
    lines.some((line) => /ECONNREFUSED/.test(line)),
    lines.join("\n"),
  );
  client.free();
});

test("a proxy that asks for a sign-in is said in plain words", async () => {
  const server = await serve({ [`GET ${QUOTA}`]: (_, response) => response.writeHead(407).end("sign in") });
  const { client, refresh } = clientAt(server.base);
  const { problem } = await refresh();
  assert.equal(problem.kind, "network");
  assert.match(problem.detail, /proxy/);
  client.free();
  await server.close();
});

test("causes that engines give are said in plain words, and no log line has the token", async () => {
  const real = globalThis.fetch;
  const failed = (cause) => Object.assign(new TypeError("fetch failed"), { cause });
  const coded = (code, message) => Object.assign(new Error(message), { code });
  const nested = failed(
    Object.assign(new Error("outer"), { cause: coded("CERT_HAS_EXPIRED", "certificate has expired") }),
  );
  try {
    for (const [thrown, word] of [
      [failed(coded("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate")), /certificate/],
      [nested, /certificate/],
      [failed(coded("ENOTFOUND", "getaddrinfo ENOTFOUND proxy.example")), /name/],
      [failed(new Error("Proxy response (407) !== 200 when HTTP Tunneling")), /proxy/],
      [new Error("net::ERR_TUNNEL_CONNECTION_FAILED"), /proxy/],
      [failed(coded("ECONNRESET", `while sending Bearer ${token()}`)), /closed/],
      [new TypeError("Failed to fetch"), undefined],
      [null, undefined],
      [
        Object.defineProperty({}, "code", {
          get() {
            throw new Error("no");
          },
        }),
        undefined,
      ],
    ]) {
      globalThis.fetch = () => Promise.reject(thrown);
      const { client, lines, refresh } = clientAt("https://credit.example");
      const { problem } = await refresh();
      assert.equal(problem.kind, "network");
      if (word) assert.match(problem.detail, word);
      else assert.equal(problem.detail, undefined);
      assert.ok(!lines.join("\n").includes(token()), "the log has the token");
      client.free();
    }
    globalThis.fetch = () => {
      throw coded("ECONNREFUSED", "at once");
    };
    const { client, refresh } = clientAt("https://credit.example");
    assert.match((await refresh()).problem.detail, /refused/);
    client.free();
  } finally {
    globalThis.fetch = real;
  }
});

test("what a fetch of the host's own gives may throw anywhere, or be no reply at all, and the next refresh works", async () => {
  const real = globalThis.fetch;
  const throws = () => {
    throw new Error("thrown by a reply");
  };
  const reply = (parts) =>
    Object.defineProperties(
      { status: 200, type: "basic", redirected: false, headers: new Headers() },
      Object.getOwnPropertyDescriptors(parts),
    );
  const reading = (read) => reply({ body: { getReader: () => ({ read }) } });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const odd = [
    undefined,
    7,
    "text",
    {},
    proxy,
    new Proxy({ status: 200, headers: {} }, { get: throws }),
    reply({ headers: {} }),
    reply({ headers: { get: throws } }),
    reply({
      get type() {
        return throws();
      },
    }),
    reply({
      get redirected() {
        return throws();
      },
    }),
    reply({
      redirected: true,
      get url() {
        return throws();
      },
    }),
    reply({
      get body() {
        return throws();
      },
    }),
    reply({ body: 7 }),
    reply({ body: { getReader: throws } }),
    reply({ body: { getReader: () => 7 } }),
    reading(throws),
    reading(() => 7),
    reading(() => ({
      get then() {
        return throws();
      },
    })),
    reading(async () => ({
      get done() {
        return throws();
      },
    })),
    reading(async () => ({ done: false, value: 1e15 })),
    reading(async () => ({ done: false, value: "text" })),
    reading(async () => ({ done: false, value: Symbol("x") })),
    reading(async () => ({ done: false, value: { byteLength: 1, length: 1e15 } })),
    reading(async () => ({ done: false, value: new BigInt64Array(1) })),
  ];
  const { client, refresh } = clientAt("http://127.0.0.1:9");
  try {
    for (const [at, answer] of odd.entries()) {
      globalThis.fetch = at % 2 === 0 ? () => answer : async () => answer;
      const { problem } = await refresh();
      assert.ok(problem !== undefined, `answer ${at}`);
    }
    globalThis.fetch = async () =>
      Response.json({
        code: "quota-manager.success",
        success: true,
        message: "",
        data: { total_quota: 100, used_quota: 58.5, quota_list: [] },
      });
    assert.equal((await refresh()).balance.available, 41.5);
  } finally {
    globalThis.fetch = real;
    client.free();
  }
});
