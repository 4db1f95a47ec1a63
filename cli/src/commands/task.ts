/** `task`: what a task has cost, and what tasks of each kind cost as a rule. */

import type { Credits, Feature, OwnUse, Table, TaskEstimate, TaskReport } from "costrict-credit";

import { type Call, type Command, sectionOf } from "../call.js";
import { CliError, ExitCode } from "../exit-code.js";
import type { TaskResult } from "../output-types.js";
import { screenOf } from "../screen.js";
import type { Session } from "../session.js";
import { tableLines } from "../table.js";
import { requireModel } from "./account.js";

const AUTO = "Auto";
export const FEATURES: readonly Feature[] = ["chat", "code_review", "test_plan", "documentation", "strict"];
const TASKS_MAX = 20;

export const task: Command<{ model?: string; feature?: Feature }> = async (call, flags, [id]) => {
  const session = await call.session();
  const account = await session.refresh();
  if (account.state === "signed_out") throw session.unanswered(account);
  const result = taskResult(call, session, id, flags);
  call.out.json({ schema: 1, command: "task", result });
  const { task, tasks, estimates } = result;
  const listed = task === undefined ? (tasks ?? []) : [task, ...subTasks(session, task)];
  if (listed.length > 0) call.out.lines(tableLines(tasksTable(call, session, listed), call.out.paint, call.out.width));
  const [estimate] = estimates ?? [];
  if (estimate === undefined) return ExitCode.ok;
  if (task === undefined) call.out.lines(await usualLines(call, estimate.model, listed.length > 0));
  else call.out.lines(toComeLines(call, session, estimate));
  return ExitCode.ok;
};

/** What tasks of each kind cost as a rule, in the panel's words. */
async function usualLines(call: Call, model: string, isBelow: boolean): Promise<string[]> {
  const table = sectionOf(await call.panel({ draft: { model } }), "send")?.tasks;
  if (table === undefined) return [];
  const heading = call.out.paint.bold(`${table.caption} (${model})`);
  return [...(isBelow ? [""] : []), heading, ...tableLines(table, call.out.paint, call.out.width)];
}

/** What a task that runs will still take; nothing where that is not known. */
function toComeLines(call: Call, { views: { locale, masked } }: Session, { toCome }: TaskEstimate): string[] {
  const { low, expected, high, requests } = toCome ?? {};
  if (requests === undefined || low === undefined || expected === undefined || high === undefined) return [];
  const amounts = [expected, low, high].map((credits) => (masked === true ? "–" : amountText(locale, credits)));
  return screenOf(call.out).wrapped(call.text("taskToCome", ...amounts, amountText(locale, requests.expected)));
}

/** A task by its id, with what is still to come for a kind; else the newest ones, and what tasks cost as a rule. */
export function taskResult(
  call: Call,
  session: Session,
  id?: string,
  { model = AUTO, feature }: { model?: string | undefined; feature?: Feature | undefined } = {},
): TaskResult {
  const { client } = session;
  if (id === undefined) {
    const known = requireModel(call, client, model);
    return {
      tasks: client.tasks({ limit: TASKS_MAX }),
      estimates: FEATURES.map((kind) => client.estimateTask(kind, known)),
    };
  }
  const found = client.task(id);
  if (found === undefined) throw new CliError(ExitCode.wrongCall, call.text("unknownTask", id));
  if (feature === undefined) return { task: found };
  const estimate = client.estimateTask(feature, requireModel(call, client, model), { taskId: id });
  return { task: found, estimates: [estimate] };
}

function subTasks({ client }: Session, { subTasks = [] }: TaskReport): TaskReport[] {
  return subTasks.map((id) => client.task(id)).filter((report) => report !== undefined);
}

export function tasksTable(
  call: Call,
  { views }: Session,
  tasks: readonly TaskReport[],
  masked = views.masked === true,
): Table {
  const { locale, timeZone } = views;
  const time = new Intl.DateTimeFormat(locale, {
    dateStyle: "short",
    timeStyle: "short",
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  const amount = (credits: Credits) => (masked ? "–" : amountText(locale, credits));
  return {
    caption: call.text("taskHeading"),
    columns: [
      { label: call.text("taskHeading"), numeric: false },
      { label: call.text("taskSpent"), numeric: true },
      { label: call.text("taskHeld"), numeric: true },
      { label: call.text("taskEstimated"), numeric: true },
      { label: call.text("taskRequests"), numeric: true },
      { label: call.text("taskLast"), numeric: false },
    ],
    rows: tasks.map(({ id, title, spent, held, estimated, requests, lastAt }) => [
      title === undefined ? id : `${title} (${id})`,
      amount(spent),
      amount(held),
      amount(estimated),
      new Intl.NumberFormat(locale).format(requests),
      time.format(lastAt),
    ]),
  };
}

/** Use by task or project, as the report joins it. */
export function ownUseTable(call: Call, session: Session, own: readonly OwnUse[], isByTask: boolean): Table {
  const { locale, masked } = session.views;
  const heading = call.text(isByTask ? "taskHeading" : "projectHeading");
  return {
    caption: heading,
    columns: [
      { label: heading, numeric: false },
      { label: call.text("taskSpent"), numeric: true },
      { label: call.text("taskRequests"), numeric: true },
    ],
    rows: own.map(({ id, title, credits, requests }) => [
      title ?? (id === "" ? "–" : id),
      masked === true ? "–" : amountText(locale, credits),
      new Intl.NumberFormat(locale).format(requests),
    ]),
  };
}

function amountText(locale: string, credits: Credits): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(credits);
}
