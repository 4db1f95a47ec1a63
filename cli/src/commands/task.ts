/** `task`: what a task has cost, and what tasks of each kind cost as a rule. */

import type { Credits, Feature, OwnUse, Table, TaskReport } from "costrict-credit";

import { type Call, type Command, sectionOf } from "../call.js";
import { CliError, ExitCode } from "../exit-code.js";
import type { TaskResult } from "../output-types.js";
import type { Session } from "../session.js";
import { tableLines } from "../table.js";
import { requireModel } from "./account.js";

const AUTO = "Auto";
const FEATURES: readonly Feature[] = ["chat", "code_review", "test_plan", "documentation", "strict"];
const TASKS_MAX = 20;

export const task: Command<{ model?: string }> = async (call, flags, [id]) => {
  const session = await call.session();
  const account = await session.refresh();
  if (account.state === "signed_out") throw session.unanswered(account);
  const result = taskResult(call, session, id, flags.model);
  call.out.json({ schema: 1, command: "task", result });
  const { task, tasks, estimates } = result;
  const listed = task === undefined ? (tasks ?? []) : [task, ...subTasks(session, task)];
  if (listed.length > 0) call.out.lines(tableLines(tasksTable(call, session, listed), call.out.paint, call.out.width));
  const model = estimates?.[0]?.model;
  if (model === undefined) return ExitCode.ok;
  const section = sectionOf(await call.panel({ draft: { model } }), "send");
  const table = section?.tasks;
  if (table === undefined) return ExitCode.ok;
  call.out.lines([
    ...(listed.length > 0 ? [""] : []),
    call.out.paint.bold(`${table.caption} (${model})`),
    ...tableLines(table, call.out.paint, call.out.width),
  ]);
  return ExitCode.ok;
};

/** A task by its id; else the newest ones, and what tasks cost as a rule. */
export function taskResult(call: Call, session: Session, id?: string, model?: string): TaskResult {
  const { client } = session;
  if (id === undefined) {
    const known = requireModel(call, client, model ?? AUTO);
    return {
      tasks: client.tasks({ limit: TASKS_MAX }),
      estimates: FEATURES.map((feature) => client.estimateTask(feature, known)),
    };
  }
  const found = client.task(id);
  if (found === undefined) throw new CliError(ExitCode.wrongCall, call.text("unknownTask", id));
  return { task: found };
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
      { label: call.text("taskRequests"), numeric: true },
      { label: call.text("taskLast"), numeric: false },
    ],
    rows: tasks.map(({ id, title, spent, held, requests, lastAt }) => [
      title === undefined ? id : `${title} (${id})`,
      amount(spent),
      amount(held),
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
