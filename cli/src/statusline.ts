/** `statusline`: one line from the storage. It waits for no server; what is due is read by a process in the background. */

import { parseArgs } from "node:util";

import type { StatusView } from "costrict-credit";

import { startBackgroundRefresh } from "./background.js";
import { Call, type Command } from "./call.js";
import type { GlobalFlags } from "./environment.js";
import { ExitCode } from "./exit-code.js";
import type { StatuslineResult } from "./output-types.js";
import type { Paint } from "./paint.js";

export const statusline: Command<{ short?: boolean }> = async (call, { short }) => {
  const session = await call.session();
  const account = session.client.account();
  const view = session.client.status(session.views);
  const { state, asOf, freshness } = account;
  const result: StatuslineResult = {
    text: lineOf(view, short === true, state === "known"),
    severity: view.severity,
    state,
    ...(asOf === undefined ? {} : { asOf }),
    ...(freshness === undefined ? {} : { freshness }),
  };
  call.out.json({ schema: 1, command: "statusline", result });
  call.out.lines([toned(call.out.paint, view, result.text)]);
  if (!call.isMadeUp && state !== "signed_out") await startBackgroundRefresh(session);
  // What shows the line hides it where the program fails; that the account is signed out is in the line.
  return ExitCode.ok;
};

const OPTIONS = {
  short: { type: "boolean" },
  json: { type: "boolean" },
  masked: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  "no-color": { type: "boolean" },
  lang: { type: "string" },
  "time-zone": { type: "string" },
  server: { type: "string" },
} as const;

/** The status line alone, without the parser of all commands; undefined for what only that one understands. */
export async function printStatusline(argv: readonly string[]): Promise<number | undefined> {
  const flags = readFlags(argv);
  if (flags === undefined) return undefined;
  const call = new Call(flags);
  try {
    return await statusline(call, flags, []);
  } finally {
    call.end();
  }
}

function readFlags(argv: readonly string[]): (GlobalFlags & { short?: boolean }) | undefined {
  try {
    const { values } = parseArgs({ args: [...argv], options: OPTIONS });
    const { "no-color": isPlain, "time-zone": timeZone, ...flags } = values;
    return { ...flags, color: isPlain !== true, ...(timeZone === undefined ? {} : { timeZone }) };
  } catch {
    return undefined;
  }
}

/** What is left, and what expires next where a reader would want to know it; in the core's words. */
function lineOf({ text, tooltip, ladder }: StatusView, isShort: boolean, isKnown: boolean): string {
  if (isShort || !isKnown) return text;
  const [left = text, ...more] = tooltip.split("\n");
  const rung = ladder?.rungs.find(({ badges }) => badges.some(({ kind }) => kind === "soon" || kind === "expiring"));
  const { amount, when } = rung ?? {};
  const expiring = more.find((line) => when !== undefined && line.includes(`${amount}`) && line.includes(when.words));
  return [left, expiring]
    .filter((part) => part !== undefined)
    .map(withoutStop)
    .join(" · ");
}

/** In a row of phrases, without the full stop of their sentences. */
function withoutStop(sentence: string): string {
  return sentence.replace(/[.。।]$/, "");
}

function toned(paint: Paint, { severity }: StatusView, text: string): string {
  if (severity === "error") return paint.red(text);
  return severity === "warning" ? paint.yellow(text) : text;
}
