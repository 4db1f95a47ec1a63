/** Every state that the panel can be in, by name: how the account comes into it. The views are the core's. */

import type { PanelView } from "costrict-credit";

import { DemoAccount } from "./account.js";
import { manyUsageRows, recordRows } from "./fixtures.js";
import { DAY, type FixtureServer, failing, json, NOW, silent, unreachable } from "./server.js";
import { accountWithManyTasks, accountWithTasks, PARSER, type TasksOpening } from "./tasks.js";

export interface Shown {
  account: DemoAccount;
  /** The view of a moment before, where the state is about a change. */
  before?: PanelView;
  /** What only the drawing of the page depends on. */
  direction?: PanelView["direction"];
}

type Step = () => Promise<Shown>;

const MINUTE = 60_000;
const PROMPT = "Explain what this function does, and propose tests for its edge cases.";

const ready = async (change?: (server: FixtureServer) => void): Promise<Shown> => ({
  account: await DemoAccount.ready(change === undefined ? {} : { change }),
});

/** A balance that was read once; then the server answers otherwise. */
async function afterWhile(answer: (server: FixtureServer) => void, tokenExpiresAt = NOW + 30 * DAY): Promise<Shown> {
  const account = await DemoAccount.ready({ tokenExpiresAt });
  answer(account.server);
  await account.refreshAfter(22 * MINUTE);
  return { account };
}

/** A history whose next requests get no reply. */
async function historyThatHangs(account: DemoAccount): Promise<Shown> {
  for (const route of ["statistics", "audit"] as const) {
    account.server.answers.set(route, silent);
    const requested = account.server.nextRequest(route);
    void (route === "audit" ? account.records(2) : account.client.usage({ range: "today" }));
    await requested;
  }
  return { account };
}

const noCredits = (server: FixtureServer): void => {
  server.quota = { total_quota: 0, used_quota: 0, quota_list: [], is_star: "false" };
};

const markup = `<img src=x onerror=alert(1)>${"name".repeat(20)}`;

const DRAFT = { model: "GLM-4.6", text: PROMPT, taskId: PARSER };
const withTasks = (opening: TasksOpening) => async (): Promise<Shown> => ({
  account: await accountWithTasks(opening),
});

const TASK_STATES: Record<string, Step> = {
  "task-cap": withTasks({ budget: { perTask: { warn: 20, stop: 25 } }, open: 1, options: { draft: DRAFT } }),
  "task-cap-ask": withTasks({ budget: { perTask: { warn: 12, stop: 25 } }, options: { draft: DRAFT } }),
  "task-cap-stop": withTasks({ budget: { perTask: { stop: 13 } }, options: { draft: DRAFT } }),
  "task-no-cap": withTasks({}),
  "task-unsettled": withTasks({ open: 3 }),
  "task-none": async () => {
    const { account } = await ready();
    account.panelOptions = { taskId: "" };
    return { account };
  },
  "task-opened": withTasks({ options: { tasks: { open: [PARSER, "lexer", "chat-1"] } } }),
  "tasks-by-project": withTasks({ options: { tasks: { by: "project" } } }),
  "tasks-of-project": withTasks({ options: { tasks: { by: "project", project: "website" } } }),
  "tasks-masked": withTasks({ options: { masked: true, tasks: { open: [PARSER] } } }),
  "tasks-many": async () => ({ account: await accountWithManyTasks(45) }),
};

export const STATES: Record<string, Step> = {
  ready: () => ready(),
  "signed-out": async () => ({ account: await DemoAccount.open({ tokenExpiresAt: "none" }) }),
  loading: async () => {
    const account = await DemoAccount.open({ change: ({ answers }) => answers.set("quota", silent) });
    const requested = account.server.nextRequest("quota");
    void account.client.refresh("open");
    await requested;
    return { account };
  },
  "first-failed": async () => {
    const account = await DemoAccount.open({ change: ({ answers }) => answers.set("quota", unreachable) });
    await account.client.refresh("open");
    return { account };
  },
  change: async () => {
    const { account } = await ready();
    const before = account.view();
    const { id } = account.client.begin({ model: "GLM-4.6", text: PROMPT });
    account.client.settle(id, { kind: "charged" });
    account.client.begin({ model: "DeepSeek-V3.2", text: PROMPT });
    const [first] = account.server.quota.quota_list;
    account.server.quota.used_quota += 1;
    if (first !== undefined) first.amount -= 1;
    await account.refreshAfter(MINUTE);
    return { account, before };
  },
  budget: async () => {
    const account = await DemoAccount.ready({ budget: { perDay: { warn: 1, stop: 10 } } });
    return { account };
  },
  ...TASK_STATES,
  empty: () => ready(noCredits),
  overdrawn: () =>
    ready((server) => {
      server.quota = { total_quota: 100, used_quota: 102.5, quota_list: [] };
    }),
  stale: () => afterWhile(({ answers }) => answers.set("quota", failing(503))),
  offline: () => afterWhile(({ answers }) => answers.set("quota", unreachable)),
  "rate-limited": () => afterWhile(({ answers }) => answers.set("quota", failing(429, { "retry-after": "300" }))),
  "sign-in-again": () => afterWhile(({ answers }) => answers.set("quota", failing(401)), NOW + 10 * MINUTE),
  verifying: () => afterWhile(({ answers }) => answers.set("quota", failing(401))),
  "breakdown-lags": () =>
    ready((server) => {
      server.quota.total_quota += 5;
    }),
  "no-statistics": () => ready(({ answers }) => answers.set("statistics", failing(404))),
  "history-loading": async () => {
    const account = await DemoAccount.open();
    await account.client.refresh("open");
    return historyThatHangs(account);
  },
  "history-busy": async () => historyThatHangs((await ready((server) => (server.records = recordRows(120)))).account),
  "history-empty": () =>
    ready((server) => {
      server.usage = [];
      server.records = [];
    }),
  "history-failed": async () => {
    const account = await DemoAccount.open();
    await account.client.refresh("open");
    await account.records(1);
    for (const route of ["statistics", "audit"] as const) account.server.answers.set(route, failing(502));
    await account.client.usage({ range: "7days" });
    await account.records(1);
    return { account };
  },
  masked: async () => {
    const { account } = await ready();
    account.panelOptions = { masked: true };
    return { account };
  },
  "long-list": () => ready((server) => (server.records = recordRows(10_000))),
  hostile: () =>
    ready((server) => {
      const amount = 999_999_999.5;
      server.quota.total_quota = 3 * amount + 1;
      server.quota.used_quota = 1;
      server.quota.quota_list = server.quota.quota_list.map((grant) => ({ ...grant, amount, source: markup }));
      server.models = server.models.map((model) =>
        model.id === "Auto" ? model : { ...model, id: `${markup} ${model.id}` },
      );
    }),
  rtl: async () => ({ ...(await ready()), direction: "rtl" }),
  "voucher-made": async () => {
    const { account } = await ready();
    const [grant] = account.client.account().balance?.grants ?? [];
    const expiresAt = grant?.expiresAt ?? 0;
    const quota_list = [{ amount: 5, expiry_date: "2026-06-17T23:59:59+08:00" }];
    const receiverId = "3c0f3a5e-1111-4222-8333-444455556666";
    const voucher_code = "eyJ2IjoxLCJsaW5lcyI6W3siYW1vdW50IjozMH1dfQ".repeat(6);
    const data = { voucher_code, related_user: receiverId, operation: "TRANSFER_OUT", quota_list };
    account.server.answers.set("transfer-out", () => {
      account.server.quota.quota_list = account.server.quota.quota_list.map((row, index) =>
        index === 0 ? { ...row, amount: row.amount - 5 } : row,
      );
      account.server.quota.total_quota -= 5;
      return json({ code: "quota-manager.success", message: "ok", success: true, data });
    });
    await account.client.transferOut({ receiverId, lines: [{ expiresAt, amount: 5 }] });
    return { account };
  },
  incomplete: async () => {
    const { account } = await ready((server) => {
      server.records = recordRows(1_500);
      server.usage = manyUsageRows(500);
    });
    // Of the usage the first page is answered, of the record none.
    account.server.answers.set("audit", failing(500));
    account.server.answers.set("statistics", (query) =>
      query.get("page") === "1" ? undefined : new Response("", { status: 500 }),
    );
    await account.client.exportAs("usage", "csv", "30days");
    await account.client.exportAs("records", "csv");
    return { account };
  },
  "out-of-credit": async () => {
    const { account } = await ready((server) => {
      server.quota.used_quota = 99.75;
      server.quota.quota_list = [{ amount: 0.25, expiry_date: "2026-06-30T23:59:59+08:00", source: "github-star" }];
    });
    account.panelOptions = { draft: { model: "GLM-4.6", text: PROMPT } };
    return { account };
  },
  refused: async () => {
    const { account } = await ready();
    const { id } = account.client.begin({ model: "GLM-4.6", text: PROMPT });
    const body = JSON.stringify({ code: "chat-rag.server_busy", message: "busy", success: false });
    account.client.settle(id, { kind: "failed", reply: { status: 503, body } });
    account.panelOptions = { draft: { model: "GLM-4.6", text: PROMPT } };
    return { account };
  },
};

/** The view of a state, with another page of the record where one is wanted. */
export function viewOf({ account, direction }: Shown, locale: string): PanelView {
  const view = account.view({ locale });
  return direction === undefined ? view : { ...view, direction };
}
