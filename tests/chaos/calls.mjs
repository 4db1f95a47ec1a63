/** The methods that are called, with sensible arguments that may then be mutated. */

import { mutated } from "./hostile-values.mjs";
import { errorBody } from "./replies.mjs";

const TRIGGERS = ["open", "timer", "focus", "manual", "turn_ended", "signed_in", "expiry", "top_up"];
const MODELS = ["GLM-4.6", "Auto", "glm-4.5-air", "Kimi-K2", "unknown model", "Qwen3"];
const LOCALES = ["en", "zh-CN", "zh-TW", "de", "ja", "fr-CA", "ar", "tlh", "x", "en-US-u-nu-arab"];
const ZONES = [undefined, "UTC", "Asia/Shanghai", "+08:00", "Nowhere/Town", "America/New_York"];

function draft(rng) {
  return {
    model: rng.pick(MODELS),
    text: rng.pick([
      undefined,
      "say hello",
      ["one ", "two"],
      "word ".repeat(rng.below(5_000)),
      "汉字".repeat(rng.below(2_000)),
    ]),
    inputTokens: rng.pick([undefined, 100, 128_000, 1e9]),
    identity: rng.pick([undefined, "user", "system"]),
    feature: rng.pick([undefined, "chat", "strict"]),
    taskId: rng.pick([undefined, "task-1", "task-2"]),
    task: rng.pick([
      undefined,
      { id: "task-1", title: "<b>one</b>", parent: "task-2" },
      { id: "task-2", parent: "task-1" },
    ]),
    provider: rng.pick([undefined, "costrict", "other"]),
    at: rng.pick([undefined, 1_781_481_600_000, 0]),
    routedModel: rng.pick([undefined, "GLM-4.6"]),
  };
}

function view(rng) {
  return {
    locale: rng.pick(LOCALES),
    timeZone: rng.pick(ZONES),
    masked: rng.pick([undefined, true, false]),
    model: rng.pick([undefined, ...MODELS]),
  };
}

function failedReply(rng) {
  return {
    status: rng.pick([0, 200, 400, 401, 402, 403, 404, 429, 500, 503, 999, undefined]),
    contentType: rng.pick([undefined, "application/json", "text/event-stream", "text/html", ";;;"]),
    headers: rng.pick([undefined, {}, { "retry-after": "30", "X-RateLimit-Reset": "6m0s" }, { "retry-after": "NaN" }]),
    body: errorBody(rng),
  };
}

const range = (rng) =>
  rng.pick([
    "today",
    "7days",
    "30days",
    { from: "2026-06-01", to: "2026-06-14" },
    { from: "2026-07-01", to: "1999-01-01" },
  ]);

const ARGUMENTS = {
  open: () => [],
  account: () => [],
  refresh: (rng) => [rng.pick(TRIGGERS)],
  nextRefresh: (rng) => [{ visible: rng.oneIn(2), focused: rng.oneIn(2), online: !rng.oneIn(4) }],
  accountPageOpened: () => [],
  taskStatus: (rng) => ["task", view(rng)],
  models: () => [],
  estimate: (rng) => [draft(rng)],
  compare: (rng) => [draft(rng)],
  estimateTask: (rng) => [rng.pick(["chat", "code_review", "strict"]), rng.pick(MODELS)],
  begin: (rng) => [draft(rng)],
  settle: (rng, state) => [
    rng.pick([...state.spends, "unknown"]),
    {
      kind: rng.pick(["charged", "failed", "cancelled", "unknown"]),
      credits: rng.pick([undefined, 0.5, 1e9]),
      usage: rng.pick([undefined, { inputTokens: 5, outputTokens: 7 }]),
      reply: rng.pick([undefined, failedReply(rng)]),
    },
  ],
  explain: (rng) => [failedReply(rng)],
  forecast: (rng) => [rng.pick([undefined, { model: "GLM-4.6", requestsPerDay: 10 }, { creditsPerDay: 3.5 }])],
  usage: (rng) => [
    { range: range(rng), timeZone: rng.pick(ZONES), groupBy: rng.pick([undefined, "day", "model", "mode"]) },
  ],
  records: (rng) => [
    {
      page: rng.between(1, 3),
      pageSize: rng.pick([1, 10, 100]),
      operation: rng.pick([undefined, "transfer_out"]),
      text: rng.pick([undefined, "gift"]),
      withVouchers: rng.oneIn(4),
    },
  ],
  exportAs: (rng) => [rng.pick(["usage", "records"]), rng.pick(["csv", "json"]), range(rng)],
  transferOut: (rng, state) => [
    {
      receiverId: "7f9c24e8-3b12-4fef-91ef-000000000002",
      lines: [{ expiresAt: state.expiry ?? 1_790_000_000_000, amount: rng.pick([1, 0.01, 41.5, 1e12]) }],
    },
  ],
  redeem: (rng) => [rng.pick(["voucher-voucher-voucher", "short", "v".repeat(2_100)])],
  panel: (rng) => [{ ...view(rng), draft: rng.pick([undefined, draft(rng)]) }],
  status: (rng) => [view(rng)],
  notices: (rng) => [view(rng)],
  snooze: (rng) => [rng.pick(["usage-0.9", "expiry-1", "unknown"]), rng.pick([undefined, 60_000, 0])],
  inviteCode: () => [],
  accountUrl: (rng) => [rng.pick([undefined, "usage", "subscription", "activity", "profile"])],
  setCatalogue: (rng) => [rng.pick(LOCALES), rng.pick(["{}", '{"a":"b"}', "[", "null", '{"title":7}'])],
  task: (rng) => [rng.pick(["task-1", "task-2", "", "unknown"])],
  tasks: (rng) => [rng.pick([undefined, { limit: 5 }, { project: "p", since: 0 }, { parent: "task-1" }, { limit: 0 }])],
  configure: (rng) => [
    {
      baseUrl: rng.pick([undefined, undefined, "", "credits.example"]),
      budget: rng.pick([
        undefined,
        {},
        { perTask: { warn: 5, stop: 10 } },
        { perDay: { stop: 0 } },
        { perDay: { stop: -1 } },
      ]),
      promotions: rng.pick([undefined, [], [{ models: ["*"], discount: 0.5, from: "20:00", to: "09:00" }]]),
      usageThresholds: rng.pick([undefined, [], [0.1, 0.5], [7]]),
      expiryThresholds: rng.pick([undefined, [], [86_400_000]]),
    },
  ],
  forget: () => [],
};

export const METHODS = Object.keys(ARGUMENTS);

/** Arguments of the kind that the method is for. */
export function soundArguments(name, rng) {
  return ARGUMENTS[name](rng, { spends: [] });
}

/** A call: the method's name and its arguments, mutated about every other time. */
export function nextCall(rng, state) {
  const name = rng.oneIn(3) ? rng.pick(["refresh", "explain", "begin", "panel"]) : rng.pick(METHODS);
  let args = ARGUMENTS[name](rng, state);
  if (rng.oneIn(2) && args.length > 0) {
    const place = rng.below(args.length);
    args = args.map((arg, at) => (at === place ? mutated(rng, arg) : arg));
  }
  return { name, args };
}
