/** Which methods are called, with which arguments: sensible ones, each of which may then be spoiled. */

import { spoiled } from "./hostile-values.mjs";
import { errorBody } from "./replies.mjs";

const TRIGGERS = ["open", "timer", "focus", "manual", "turn_ended", "signed_in", "expiry", "top_up"];
const MODELS = ["GLM-4.6", "Auto", "glm-4.5-air", "Kimi-K2", "unknown model", "Qwen3"];
const LOCALES = ["en", "zh-CN", "zh-TW", "de", "ja", "fr-CA", "ar", "tlh", "x", "en-US-u-nu-arab"];
const ZONES = [undefined, "UTC", "Asia/Shanghai", "+08:00", "Nowhere/Town", "America/New_York"];

function draft(dice) {
  return {
    model: dice.pick(MODELS),
    text: dice.pick([
      undefined,
      "say hello",
      ["one ", "two"],
      "word ".repeat(dice.below(5_000)),
      "汉字".repeat(dice.below(2_000)),
    ]),
    inputTokens: dice.pick([undefined, 100, 128_000, 1e9]),
    identity: dice.pick([undefined, "user", "system"]),
    feature: dice.pick([undefined, "chat", "strict"]),
    taskId: dice.pick([undefined, "task-1", "task-2"]),
    provider: dice.pick([undefined, "costrict", "other"]),
    at: dice.pick([undefined, 1_781_481_600_000, 0]),
    routedModel: dice.pick([undefined, "GLM-4.6"]),
  };
}

function view(dice) {
  return {
    locale: dice.pick(LOCALES),
    timeZone: dice.pick(ZONES),
    masked: dice.pick([undefined, true, false]),
    model: dice.pick([undefined, ...MODELS]),
  };
}

function failedReply(dice) {
  return {
    status: dice.pick([0, 200, 400, 401, 402, 403, 404, 429, 500, 503, 999, undefined]),
    contentType: dice.pick([undefined, "application/json", "text/event-stream", "text/html", ";;;"]),
    headers: dice.pick([undefined, {}, { "retry-after": "30", "X-RateLimit-Reset": "6m0s" }, { "retry-after": "NaN" }]),
    body: errorBody(dice),
  };
}

const range = (dice) =>
  dice.pick([
    "today",
    "7days",
    "30days",
    { from: "2026-06-01", to: "2026-06-14" },
    { from: "2026-07-01", to: "1999-01-01" },
  ]);

const ARGUMENTS = {
  open: () => [],
  account: () => [],
  refresh: (dice) => [dice.pick(TRIGGERS)],
  nextRefresh: (dice) => [{ visible: dice.oneIn(2), focused: dice.oneIn(2), online: !dice.oneIn(4) }],
  models: () => [],
  estimate: (dice) => [draft(dice)],
  compare: (dice) => [draft(dice)],
  estimateTask: (dice) => [dice.pick(["chat", "code_review", "strict"]), dice.pick(MODELS)],
  begin: (dice) => [draft(dice)],
  settle: (dice, state) => [
    dice.pick([...state.spends, "unknown"]),
    {
      kind: dice.pick(["charged", "failed", "cancelled", "unknown"]),
      credits: dice.pick([undefined, 0.5, 1e9]),
      usage: dice.pick([undefined, { inputTokens: 5, outputTokens: 7 }]),
    },
  ],
  explain: (dice) => [failedReply(dice)],
  forecast: (dice) => [dice.pick([undefined, { model: "GLM-4.6", requestsPerDay: 10 }, { creditsPerDay: 3.5 }])],
  usage: (dice) => [
    { range: range(dice), timeZone: dice.pick(ZONES), groupBy: dice.pick([undefined, "day", "model", "mode"]) },
  ],
  records: (dice) => [
    {
      page: dice.between(1, 3),
      pageSize: dice.pick([1, 10, 100]),
      operation: dice.pick([undefined, "transfer_out"]),
      text: dice.pick([undefined, "gift"]),
      withVouchers: dice.oneIn(4),
    },
  ],
  exportAs: (dice) => [dice.pick(["usage", "records"]), dice.pick(["csv", "json"]), range(dice)],
  transferOut: (dice, state) => [
    {
      receiverId: "7f9c24e8-3b12-4fef-91ef-000000000002",
      lines: [{ expiresAt: state.expiry ?? 1_790_000_000_000, amount: dice.pick([1, 0.01, 41.5, 1e12]) }],
    },
  ],
  redeem: (dice) => [dice.pick(["voucher-voucher-voucher", "short", "v".repeat(2_100)])],
  panel: (dice) => [{ ...view(dice), draft: dice.pick([undefined, draft(dice)]) }],
  status: (dice) => [view(dice)],
  notices: (dice) => [view(dice)],
  snooze: (dice) => [dice.pick(["usage-0.9", "expiry-1", "unknown"]), dice.pick([undefined, 60_000, 0])],
  accountUrl: (dice) => [dice.pick([undefined, "usage", "subscription", "activity", "profile"])],
  setCatalogue: (dice) => [dice.pick(LOCALES), dice.pick(["{}", '{"a":"b"}', "[", "null", '{"title":7}'])],
  forget: () => [],
};

export const METHODS = Object.keys(ARGUMENTS);

/** Arguments of the kind that the method is for. */
export function soundArguments(name, dice) {
  return ARGUMENTS[name](dice, { spends: [] });
}

/** A call: the method's name and its arguments, spoiled about every other time. */
export function nextCall(dice, state) {
  const name = dice.oneIn(3) ? dice.pick(["refresh", "explain", "begin", "panel"]) : dice.pick(METHODS);
  let args = ARGUMENTS[name](dice, state);
  if (dice.oneIn(2) && args.length > 0) {
    const place = dice.below(args.length);
    args = args.map((arg, at) => (at === place ? spoiled(dice, arg) : arg));
  }
  return { name, args };
}
