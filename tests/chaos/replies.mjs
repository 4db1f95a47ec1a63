/** What a hostile server answers: a plan for each request, carried out in memory or over a real socket. */
import { gzipSync } from "node:zlib";
import { hostileValue } from "./hostile-values.mjs";

const envelope = (data) => JSON.stringify({ code: "quota-manager.success", message: "ok", success: true, data });
const errorReply = (code, message) => JSON.stringify({ code, message, success: false });

const GOOD = {
  "/quota-manager/api/v1/quota": envelope({
    total_quota: 100,
    used_quota: 58.5,
    quota_list: [{ amount: 41.5, expiry_date: "2026-09-21T23:59:59+08:00" }],
    is_star: "true",
  }),
  "/ai-gateway/api/v1/models": JSON.stringify({
    object: "list",
    data: [
      { id: "GLM-4.6", creditConsumption: 1, contextWindow: 128_000 },
      { id: "Auto", creditDiscount: 0.1 },
      { id: "Kimi-K2" },
    ],
  }),
  "/quota-manager/api/v1/quota/audit": envelope({
    total: 1,
    records: [
      {
        amount: 100,
        operation: "RECHARGE",
        expiry_date: "2026-09-21T23:59:59+08:00",
        create_time: "2026-06-01T10:00:00+08:00",
      },
    ],
  }),
  "/quota-manager/api/v1/usage/statistics": envelope({
    total: 1,
    page: 1,
    page_size: 100,
    records: [
      { id: 1, user_id: "u", model: "GLM-4.6", tokens: 10, credits_used: 1, record_time: "2026-06-14T10:00:00+08:00" },
    ],
  }),
};

/** Of a request's path; other paths have the real server's 404. */
export function goodReply(path) {
  const body = GOOD[path.split("?")[0].replace("/cloud-api", "")];
  return body === undefined
    ? { status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found" }
    : { status: 200, headers: { "content-type": "application/json" }, body };
}

const REPEATED = [
  "word ",
  "<",
  "a.b.",
  '"',
  "\\u0000",
  'data: {"error":{"message":"x"}}\n\n',
  "event: error\n",
  '{"a":',
  "é",
  "%",
  "Bearer x ",
  "\n",
  "&lt;",
  "[",
];

/** Bodies of failed replies: of services, of streams, of pages in between, and of attackers. */
export function errorBody(rng) {
  const size = rng.oneIn(20) ? 400_000 : rng.below(3_000);
  return rng.pick([
    () => "",
    () => errorReply("quota-manager.internal_error", "no"),
    () => errorReply("ai-gateway.insufficient_quota", "x".repeat(size)),
    () => {
      const unit = rng.pick(REPEATED);
      return unit.repeat(Math.ceil(size / unit.length));
    },
    () => `data: ${errorReply("ai-gateway.star_required", "star")}\n\ndata: [DONE]\n\n`,
    () => `<html><body>${"<p>x".repeat(Math.ceil(size / 4))}</body></html>`,
    () => JSON.stringify({ error: { code: "total_stream_idle_timeout", message: "idle", type: [] } }),
    () => JSON.stringify({ error: { message: JSON.stringify({ error: { message: "inner" } }) } }),
    () => "[".repeat(size),
    () => '{"error":'.repeat(Math.ceil(size / 9)),
    () => "\uFEFF{}",
    () => "null",
    () => "0",
    () => '"text"',
    () => Array.from({ length: 200 }, () => String.fromCharCode(rng.below(0x3000))).join(""),
  ])();
}

const ODD_BODIES = (rng, path) => [
  () => goodReply(path).body.slice(0, rng.below(80)),
  () =>
    goodReply(path).body.replace(/[\d.]+/g, () =>
      rng.pick(["NaN", "1e999", "-1e308", "null", '"7"', "99999999999999999999", "0.1"]),
    ),
  () =>
    envelope(
      rng.pick([null, [], "text", 7, {}, { total_quota: "100", used_quota: null }, { records: null, total: -1 }]),
    ),
  () =>
    JSON.stringify({
      object: "list",
      data: Array.from({ length: 5_000 }, (_, at) => ({ id: `m${at}`, creditConsumption: at })),
    }),
  () =>
    envelope({
      total: 9e15,
      records: Array.from({ length: 2_000 }, () => ({
        amount: 1,
        operation: "RECHARGE",
        create_time: "2026-06-01T10:00:00+08:00",
      })),
    }),
  () =>
    envelope({
      total_quota: 1,
      used_quota: 0,
      quota_list: Array.from({ length: 3_000 }, (_, at) => ({
        amount: 1,
        expiry_date: `2026-09-21T23:${String(at % 60).padStart(2, "0")}:59+08:00`,
      })),
    }),
  () => "<html><body>502</body></html>",
  () => "\u0000\u0001",
  () => "",
  () => "[".repeat(100_000),
  () => errorBody(rng),
  () => `{"success":true,"data":{"total_quota":1,"used_quota":0,"x":"${"y".repeat(4_000_000)}"}}`,
];

const HEADERS = [
  { "retry-after": "0" },
  { "retry-after": "999999999999" },
  { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" },
  { "retry-after": "-5" },
  { "x-ratelimit-reset": "6m0s" },
  { "x-ratelimit-reset": "1e400" },
  { "x-ratelimit-reset": "1781481600000" },
  { date: "yesterday" },
  { date: "Mon, 15 Jun 2026 00:00:10 GMT" },
  { date: "Fri, 31 Dec 9999 23:59:59 GMT" },
  { date: "Thu, 01 Jan 1970 00:00:00 GMT" },
  { "content-type": "a/b;charset=utf-16" },
  { "content-length": "5" },
  {},
  {},
  {},
  Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`x-odd-${at}`, "y".repeat(100)])),
];

const throws = () => {
  throw new Error("a reply that throws");
};
const like = (parts) => () =>
  Object.defineProperties(
    { status: 200, type: "basic", redirected: false, headers: new Headers() },
    Object.getOwnPropertyDescriptors(parts),
  );
const reading = (read) => like({ body: { getReader: () => ({ read }) } });

/** Results of a `fetch` that a host has put in place of the engine's. */
const ODD_REPLIES = [
  like({}),
  like({ headers: {} }),
  like({ headers: { get: throws } }),
  like({ headers: { get: () => ({}) } }),
  like({ status: NaN }),
  like({ status: -1e9 }),
  like({
    get body() {
      return throws();
    },
  }),
  like({
    get type() {
      return throws();
    },
  }),
  like({
    get redirected() {
      return throws();
    },
  }),
  like({
    get url() {
      return throws();
    },
  }),
  like({ body: 7 }),
  like({ body: {} }),
  like({ body: { getReader: throws } }),
  like({ body: { getReader: () => 7 } }),
  reading(throws),
  reading(() => 7),
  reading(async () => 7),
  reading(async () => ({ done: false, value: 1e15 })),
  reading(async () => ({ done: false, value: -1 })),
  reading(async () => ({ done: false, value: "text" })),
  reading(async () => ({ done: false, value: Symbol("x") })),
  reading(async () => ({
    get done() {
      return throws();
    },
  })),
  reading(async () => ({ done: false, value: { length: 1e12 } })),
  reading(() => ({
    get then() {
      return throws();
    },
  })),
];

/**
 * What happens to a request. `after`: virtual ms until the headers come, `never` none come. `stall`: the body stops after
 * this many bytes and never ends. `drip`: the body comes byte by byte, 900 ms apart. `bomb`: gzip that unpacks to that many bytes.
 * `oddReply`: in memory, a result of `fetch` that is no Response, or one that throws.
 * `hasNoUrl`: in memory, a Response without a URL.
 */
export function plan(rng, path, token) {
  const hasNoUrl = rng.oneIn(4);
  if (rng.oneIn(2)) return { ...goodReply(path), after: rng.below(300), hasNoUrl };
  const status = rng.pick([200, 200, 200, 200, 201, 204, 304, 400, 401, 403, 404, 429, 500, 502, 503, 504]);
  const body = rng.pick([
    () => rng.pick(ODD_BODIES(rng, path))(),
    () => rng.pick(ODD_BODIES(rng, path))(),
    () => errorReply("quota-manager.internal_error", `bad header: Bearer ${token}`),
    () => errorBody(rng),
  ])();
  const reply = {
    status,
    headers: {
      "content-type": rng.pick(["application/json", "text/html", "text/event-stream", "x"]),
      ...rng.pick(HEADERS),
    },
    body,
    after: rng.below(2_000),
    hasNoUrl,
  };
  switch (rng.below(13)) {
    case 0:
      return { ...reply, never: true };
    case 1:
      return { ...reply, stall: rng.below(40) };
    case 2:
      return { ...reply, body: goodReply(path).body, status: 200, drip: true };
    case 3:
      return { ...reply, broken: true };
    case 4:
      return { ...reply, after: rng.between(10_000, 120_000) };
    case 5:
      return { ...reply, redirect: rng.pick([301, 302, 307, 308]) };
    case 6:
      return { ...reply, bomb: rng.oneIn(10) ? 300_000_000 : 20_000_000 };
    case 7:
      return { ...reply, oddReply: rng.oneIn(2) ? () => hostileValue(rng) : rng.pick(ODD_REPLIES) };
    default:
      return reply;
  }
}

const bombs = new Map();

/** Zeros, packed. */
export function gzipBomb(size) {
  if (!bombs.has(size)) bombs.set(size, gzipSync(Buffer.alloc(size, 32)));
  return bombs.get(size);
}
