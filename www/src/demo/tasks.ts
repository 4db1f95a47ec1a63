/** What the tasks of the invented account did this morning: with a title and without, in projects, with sub-tasks, with charges that differ. */

import type { Budget, Outcome, PanelOptions, Timestamp } from "costrict-credit";

import { DemoAccount } from "./account.js";
import { type FixtureServer, HOUR, NOW, serverTime } from "./server.js";

const MINUTE = 60_000;

export const PARSER = "parser";
export const DOCS = "docs";

interface Turn {
  task: { id: string; title?: string; project?: string; parent?: string };
  model?: string;
  /** Absent: it is not settled. */
  outcome?: Outcome;
  /** Rows of the statistics about it. */
  rows?: number;
}

const charged = (credits: number): Outcome => ({ kind: "charged", credits });

const turns = (count: number, turn: Turn): Turn[] => Array.from({ length: count }, () => turn);

const parser = { id: PARSER, title: "Rename the parser and mend its tests", project: "compiler" };
const lexer = { id: "lexer", title: "Split the lexer", project: "compiler", parent: PARSER };
const notes = { id: DOCS, title: "Write the release notes", project: "website" };

const TURNS: readonly Turn[] = [
  { task: { id: "chat-1" }, outcome: charged(1) },
  ...turns(3, { task: { id: "tests", title: "Tests for the scheduler", project: "compiler" }, outcome: charged(1) }),
  ...turns(4, { task: notes, model: "Qwen-2.5-VL", outcome: charged(0.25) }),
  { task: notes, model: "Auto", outcome: { ...charged(2), routedModel: "DeepSeek-V3.2" } },
  { task: { id: "chat-2", project: "website" }, model: "Qwen-2.5-VL", outcome: charged(0.25) },
  { task: parser, outcome: charged(1) },
  { task: parser, rows: 2, outcome: { kind: "charged" } },
  { task: lexer, model: "DeepSeek-V3.2", outcome: charged(2) },
  { task: lexer, model: "DeepSeek-V3.2", outcome: { kind: "cancelled" } },
  { task: lexer, outcome: charged(0.5) },
  ...turns(5, { task: parser, outcome: charged(1) }),
  { task: parser, model: "DeepSeek-V3.2", outcome: charged(2) },
];

export interface TasksOpening {
  budget?: Budget;
  /** Requests of the task in progress that are not settled. */
  open?: number;
  options?: Partial<PanelOptions>;
}

/** An account whose tasks have made their requests, one each few minutes. */
export async function accountWithTasks({
  budget = {},
  open = 0,
  options = {},
}: TasksOpening = {}): Promise<DemoAccount> {
  const account = await DemoAccount.ready({ budget });
  const { client, server } = account;
  const pending = turns(open, { task: parser, model: "DeepSeek-V3.2" });
  for (const { task, model = "GLM-4.6", outcome, rows = 0 } of [...TURNS, ...pending]) {
    const { id, estimate } = client.begin({ model, task, identity: "user" });
    if (outcome !== undefined) client.settle(id, outcome);
    const credits = outcome?.kind === "cancelled" ? 0 : (outcome?.credits ?? estimate.expected ?? 0);
    for (let row = 0; row < rows; row += 1) server.usage.unshift(usageRow(account.now + row * 9_000, model, credits));
    if (outcome !== undefined) spend(server, credits * Math.max(1, rows));
    await account.refreshAfter(4 * MINUTE);
  }
  await client.usage({ range: "30days", groupBy: "task" });
  account.panelOptions = { taskId: PARSER, ...options };
  return account;
}

/** Grants pay in the order in which they expire. */
function spend({ quota }: FixtureServer, credits: number): void {
  quota.used_quota += credits;
  let rest = credits;
  for (const grant of quota.quota_list) {
    const paid = Math.min(grant.amount, rest);
    grant.amount -= paid;
    rest -= paid;
  }
  quota.quota_list = quota.quota_list.filter(({ amount }) => amount > 0);
}

const usageRow = (at: Timestamp, model: string, credits: number) => ({
  id: Math.round(at / 1_000),
  model,
  mode: "code",
  tokens: 4_200,
  credits_used: credits,
  record_time: serverTime(at),
});

/** So many tasks without titles, for a list of several pages. */
export async function accountWithManyTasks(count: number): Promise<DemoAccount> {
  const account = await DemoAccount.ready();
  for (let index = 0; index < count; index += 1) {
    const { id } = account.client.begin({ model: "GLM-4.6", task: { id: `task-${index}` }, at: NOW - index * HOUR });
    account.client.settle(id, charged(1));
  }
  return account;
}
