/** `usage`, `records` and `export`: what was used and granted, on the screen and as a file. */

import { writeFile } from "node:fs/promises";
import type { Problem, RecordKind, UsageQuery } from "costrict-credit";

import { type Call, type Command, sectionOf } from "../call.js";
import { CliError, ExitCode } from "../exit-code.js";
import { screenOf } from "../screen.js";
import { problemSentence, type Session } from "../session.js";
import { tableLines } from "../table.js";
import { recordLines, usageLines } from "../view.js";
import { ownUseTable } from "./task.js";

export const RANGES = ["today", "7days", "30days", "this_week", "last_week", "this_month", "last_month"] as const;
export const KINDS: readonly RecordKind[] = [
  "recharge",
  "transfer_in",
  "transfer_out",
  "expire",
  "deduct",
  "merge_in",
  "other",
];

export const GROUPS = ["day", "model", "mode", "task", "project"] as const;
export const FORMATS = ["csv", "json"] as const;

export interface RangeFlags {
  range?: string;
  from?: string;
  to?: string;
}

export const usage: Command<RangeFlags & { by?: string }> = async (call, flags) => {
  const session = await call.session();
  const groupBy = oneOf(call, "--by", flags.by ?? "day", GROUPS);
  const query: UsageQuery = { ...rangeQuery(call, session, flags), groupBy };
  await session.requireAccount();
  const report = await session.client.usage(query);
  if (report.problem !== undefined && report.rows.length === 0)
    throw historyFailure(call, session, report.problem, await call.panel(), "usage");
  const before = report.before ?? (await session.client.usageBefore(query));
  call.out.json({ schema: 1, command: "usage", result: { ...report, ...(before === undefined ? {} : { before }) } });
  const section = sectionOf(await call.panel(), "usage");
  if (section !== undefined) call.out.lines(usageLines(section, screenOf(call.out), groupBy === "model"));
  const own = groupBy === "task" ? report.byTask : report.byProject;
  if (own !== undefined && own.length > 0)
    call.out.lines([
      "",
      ...tableLines(ownUseTable(call, session, own, groupBy === "task"), call.out.paint, call.out.width),
    ]);
  return report.complete ? ExitCode.ok : ExitCode.stale;
};

export interface RecordFlags {
  page: number;
  pageSize: number;
  kind?: string;
  text?: string;
}

export const records: Command<RecordFlags> = async (call, { page, pageSize, kind, text }) => {
  const session = await call.session();
  const operation = kind === undefined ? undefined : oneOf(call, "--kind", kind, KINDS);
  await session.requireAccount();
  const result = await session.client.records({
    page,
    pageSize,
    ...(operation === undefined ? {} : { operation }),
    ...(text === undefined ? {} : { text }),
  });
  if (result.problem !== undefined && result.rows.length === 0)
    throw historyFailure(call, session, result.problem, await call.panel(), "records");
  call.out.json({ schema: 1, command: "records", result });
  const section = sectionOf(await call.panel(), "records");
  if (section !== undefined) call.out.lines(recordLines(section, screenOf(call.out)));
  return result.problem === undefined ? ExitCode.ok : ExitCode.stale;
};

export interface ExportFlags extends RangeFlags {
  format: string;
  output?: string;
}

export const exportHistory: Command<ExportFlags> = async (call, flags, [named = ""]) => {
  const session = await call.session();
  const what = oneOf(call, "export", named, ["usage", "records"] as const);
  const format = oneOf(call, "--format", flags.format, FORMATS);
  await session.requireAccount();
  const file = await session.client.exportAs(
    what,
    format,
    what === "usage" ? rangeQuery(call, session, flags) : undefined,
  );
  if (file.text === "") {
    if (file.problem !== undefined) throw historyFailure(call, session, file.problem, await call.panel(), what);
    call.out.note(call.text("nothingToExport"));
  } else if (flags.output !== undefined) {
    await writeExport(call, flags.output, file.text);
    call.out.note(call.text("exported", flags.output, file.rows));
  } else if (!call.out.isJson) call.out.raw(file.text);
  call.out.json({
    schema: 1,
    command: "export",
    result: {
      ...(flags.output === undefined || file.text === "" ? {} : { file: flags.output }),
      rows: file.rows,
      complete: file.complete,
    },
  });
  if (file.complete) return ExitCode.ok;
  call.out.warn(call.text("exportIncomplete", file.problem?.detail ?? file.problem?.kind ?? ""));
  return ExitCode.stale;
};

async function writeExport(call: Call, path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600 });
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new CliError(ExitCode.wrongCall, call.text("cannotWrite", path, code));
  }
}

function rangeQuery(call: Call, { views }: Session, { range = "7days", from, to }: RangeFlags): UsageQuery {
  const days = { timeZone: views.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone, locale: views.locale };
  if (from === undefined && to === undefined) return { range: oneOf(call, "--range", range, RANGES), ...days };
  if (from === undefined || to === undefined) throw new CliError(ExitCode.wrongCall, call.text("bothDates"));
  for (const day of [from, to]) if (!isDay(day)) throw new CliError(ExitCode.wrongCall, call.text("badDate", day));
  if (from > to) throw new CliError(ExitCode.wrongCall, call.text("datesReversed", from, to));
  return { range: { from, to }, ...days };
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  // A day that the month does not have would become one of the next month.
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function oneOf<Value extends string>(call: Call, option: string, value: string, possible: readonly Value[]): Value {
  const found = possible.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new CliError(ExitCode.wrongCall, call.text("unknownValue", value || '""', option, possible.join(", ")));
}

/** Why a list could not be read, in the panel's words. */
function historyFailure(
  call: Call,
  session: Session,
  problem: Problem,
  panel: Parameters<typeof sectionOf>[0],
  kind: "usage" | "records",
): CliError {
  if (problem.kind === "sign_in_again" || problem.kind === "signed_out") return session.unanswered({ problem });
  const line = sectionOf(panel, kind)?.problem;
  const text = line === undefined ? call.text("noAnswer") : problemSentence(line);
  return new CliError(ExitCode.noAnswer, text);
}
