/** Every state that the panel can be in, by name. */

import type { BalanceSection, PanelView, ProblemLine, Section } from "costrict-credit";
import { balance, forecast, ladder, maskSwitch, panel, refresh, settings, sources } from "./fixtures.js";
import { records, recordsWithout, usage, usageWithout, voucher } from "./history.js";
import { models, send } from "./models.js";

const rest: Section[] = [usage, records(4), voucher, send, models, settings];
const ready: Section[] = [balance, forecast, ladder, sources, ...rest];

const withBalance = (
  more: Partial<BalanceSection>,
  others: Section[] = [forecast, ladder, sources, ...rest],
): PanelView => panel([{ ...balance, ...more }, ...others]);

/** The balance section without how many requests it is good for. */
const { requestsLeft: _requests, ...poor } = balance;

const problem = (title: string, text: string, more: Partial<ProblemLine> = {}): ProblemLine => ({
  tone: "warning",
  title,
  text,
  actions: [],
  ...more,
});

const signIn = { id: "sign_in", label: "Sign in", primary: true } as const;
const stale = { text: "As of 22 minutes ago", tone: "warning", label: "stale" } as const;

const historyFailed = (id: "usage_retry" | "records_retry"): ProblemLine =>
  problem("The server is not available", "It may be overloaded or under maintenance.", {
    detail: "502",
    actions: [{ id, label: "Try again" }],
  });

/** Hides what the core hides. */
const masked = (): PanelView =>
  JSON.parse(JSON.stringify(panel(ready, { masked: true, toolbar: [refresh, maskSwitch(true)] })), (key, value) => {
    if (key === "share" || key === "lapsingShare") return undefined;
    if (key === "ticks") return [];
    if (key === "headline") return { ...value, value: "•••" };
    const isText = typeof value === "string" && !["label", "id", "kind", "value", "exact", "locale"].includes(key);
    return isText
      ? value.replace(/\d+(\.\d+)?(?= (credits|of|used|requests|held|a day|to|remain))|^[+−]?\d+(\.\d+)?$/g, "•••")
      : value;
  }) as PanelView;

export const STATES: Record<string, () => PanelView> = {
  ready: () => panel(ready),
  "signed-out": () =>
    panel(
      [
        {
          kind: "welcome",
          group: "balance",
          title: "Sign in to see your credits",
          text: "Credits pay for requests to CoStrict's models.",
          facts: [
            "New accounts and every Monday bring some for free.",
            "Each grant has its own expiry; the one that expires first pays first.",
            "Before you send, you see here what a request will cost.",
          ],
          actions: [signIn],
        },
        settings,
      ],
      { state: "signed_out", toolbar: [] },
    ),
  loading: () =>
    panel(
      [{ kind: "loading", group: "balance", title: "Balance", text: "Asking the server for your balance" }, settings],
      {
        state: "loading",
      },
    ),
  "first-failed": () =>
    panel(
      [
        {
          kind: "loading",
          group: "balance",
          title: "Balance",
          text: "Not known yet",
          problem: problem("The server does not answer", "Your balance is not known yet. Asked again in 1 minute.", {
            actions: [refresh],
          }),
        },
        settings,
      ],
      { state: "problem" },
    ),
  change: () =>
    withBalance({
      headline: { value: "41", caption: "credits left", tone: "neutral" },
      changes: [{ text: "0.5 used", tone: "neutral" }],
      held: { text: "2 held by requests in flight", tone: "neutral" },
      freshness: { text: "As of now", tone: "neutral" },
    }),
  empty: () =>
    panel(
      [
        {
          ...poor,
          headline: { value: "0", caption: "credits left", tone: "neutral" },
          used: "0 of 0 used",
          meter: { label: "Used", valueText: "nothing to use", share: 0, tone: "neutral" },
          empty: {
            title: "No credits yet",
            text: "Credits pay for requests. The next gift comes on Monday; a star for the project brings some at once.",
            actions: [{ id: "open", label: "Star the project", primary: true, openAccount: "activity" }],
          },
        },
        { ...ladder, rungs: [], note: "Nothing that could expire." },
        sources,
        ...rest,
      ],
      { state: "empty" },
    ),
  overdrawn: () =>
    panel([
      {
        ...poor,
        headline: { value: "−2.5", caption: "credits left", tone: "error" },
        used: "102.5 of 100 used",
        meter: { label: "Used", valueText: "102.5 of 100 credits used", share: 1, tone: "error" },
        overdrawn: {
          text: "2.5 more were used than you had. New credits pay this first.",
          tone: "error",
          label: "overdrawn",
        },
      },
      { ...ladder, rungs: [], note: "Nothing that could expire." },
      sources,
      ...rest,
    ]),
  stale: () => withBalance({ freshness: stale }),
  offline: () =>
    withBalance({
      freshness: stale,
      problem: problem(
        "No connection",
        "Shown is the balance of 22 minutes ago. It is asked for again as soon as you are online.",
      ),
    }),
  "rate-limited": () =>
    withBalance({
      freshness: stale,
      problem: problem("The server asks to wait", "Shown is the last balance. Asked again at 14:05.", {
        detail: "429 quota-manager.too_many_requests",
      }),
    }),
  "sign-in-again": () =>
    withBalance({
      freshness: stale,
      problem: problem("Sign in again", "The server no longer accepts your sign-in. Shown is the last balance.", {
        tone: "error",
        actions: [signIn],
        detail: "ai-gateway.invalid_token",
      }),
    }),
  "breakdown-lags": () =>
    withBalance({
      breakdownLags: {
        text: "The grants do not add up to the balance yet. The balance is right.",
        tone: "warning",
        label: "grants lag",
      },
    }),
  "no-statistics": () =>
    panel([
      balance,
      ladder,
      sources,
      usageWithout("unsupported", "This server keeps no usage statistics."),
      records(4),
      voucher,
      send,
      models,
      settings,
    ]),
  "history-loading": () =>
    panel([
      balance,
      ladder,
      usageWithout("loading", "Loading usage…"),
      recordsWithout("loading", "Loading the record…"),
      settings,
    ]),
  "history-busy": () =>
    panel([
      balance,
      ladder,
      { ...usage, busy: true, note: "Loading usage…" },
      { ...records(4), busy: true, note: "Loading the record…" },
      settings,
    ]),
  "history-empty": () =>
    panel([
      balance,
      ladder,
      usageWithout("empty", "Nothing was used in this period. Each charged request will show up here."),
      recordsWithout("empty", "Nothing on record yet. Gifts, purchases, vouchers and expiries will be listed here."),
      voucher,
      settings,
    ]),
  "history-failed": () =>
    panel([
      balance,
      ladder,
      { ...usageWithout("problem", ""), note: undefined, problem: historyFailed("usage_retry") },
      { ...records(4), problem: historyFailed("records_retry") },
      voucher,
      settings,
    ] as Section[]),
  masked,
  "long-list": () => panel([balance, ladder, usage, records(10_000), voucher, send, models, settings]),
  hostile: () => {
    const text = `<img src=x onerror=alert(1)>${"name".repeat(2_500)}`;
    return panel([
      {
        ...balance,
        headline: { value: "999,999,999,999.123456", caption: "credits left", tone: "neutral" },
        used: "1 of 1,000,000,000,000 used",
      },
      { ...ladder, rungs: ladder.rungs.map((rung) => ({ ...rung, amount: "999,999,999,999.5", source: text })) },
      { ...models, models: models.models.map((model) => ({ ...model, name: text })) },
      settings,
    ]);
  },
  rtl: () => panel(ready, { direction: "rtl" }),
  "voucher-made": () => {
    const value = "eyJ2IjoxLCJsaW5lcyI6W3siYW1vdW50IjozMH1dfQ".repeat(6);
    const copy = { id: "copy", label: "Copy", hint: "Copied", value } as const;
    const text = "Send the code to the receiver. It is only shown here.";
    const result = {
      tone: "good",
      title: "Voucher made: 30 credits",
      text,
      code: { label: "Voucher code", value, copy },
    } as const;
    return panel([balance, { ...voucher, give: { ...voucher.give, result } }, settings]);
  },
  incomplete: () => {
    const cause = "The server reports a failure. The fault is on the server's side.";
    return panel([
      balance,
      {
        ...usage,
        exported: problem("Export incomplete", `Only 200 rows could be loaded. ${cause}`, { detail: "500" }),
      },
      { ...records(4), exported: problem("Nothing exported", `No data could be loaded. ${cause}`) },
      settings,
    ]);
  },
  "out-of-credit": () =>
    panel([
      {
        ...poor,
        headline: { value: "0.25", caption: "credits left", tone: "warning" },
        used: "99.75 of 100 used",
        meter: { ...balance.meter, share: 0.9975, tone: "warning" },
      },
      ladder,
      {
        ...send,
        submit: { ...send.submit, disabled: true },
        estimate: {
          cost: "About 0.5 credits",
          notes: [],
          summary: "Not enough: 0.5 needed, 0.25 left.",
          warning: problem("Not enough credits", "This needs 0.5, you have 0.25. Qwen-2.5-VL costs 0.25.", {
            tone: "error",
            actions: [
              { id: "choose_model", label: "Use Qwen-2.5-VL", value: "Qwen-2.5-VL", primary: true },
              { id: "open", label: "Get credits", openAccount: "subscription" },
            ],
          }),
        },
      },
      models,
      settings,
    ]),
  refused: () =>
    panel([
      balance,
      ladder,
      {
        ...send,
        refusal: problem("The model is busy", "Try again in a moment, or choose another model.", {
          detail: "chat-rag.server_busy",
        }),
      },
      models,
      settings,
    ]),
};
