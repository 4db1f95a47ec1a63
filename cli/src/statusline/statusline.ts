/** `statusline`: one line from the storage. It waits for no server; what is due is read by a process in the background. */

import { parseArgs } from "node:util";

import type { Account, StatusView } from "costrict-credit";

import type { Call, Command } from "../call.js";
import { STDOUT, write } from "../descriptor.js";
import type { GlobalFlags } from "../environment.js";
import { ExitCode } from "../exit-code.js";
import type { StatuslineResult } from "../output-types.js";
import type { Paint } from "../paint.js";
import type { Session } from "../session.js";

/** As a command among the others: with made-up data, or a token from stdin. */
export const statusline: Command<{ short?: boolean }> = async (call, { short }) => {
  write(STDOUT, outputOf(call, await call.session(), short === true));
  // What shows the line hides it where the program fails; that the account is signed out is in the line.
  return ExitCode.ok;
};

/** What stdout gets. */
export function outputOf({ out }: Call, { client, views }: Session, isShort: boolean): string {
  const account = client.account();
  const { state, asOf, freshness } = account;
  const view = client.status(views);
  const result: StatuslineResult = {
    text: isShort || state !== "known" ? view.text : lineOf(view, account),
    severity: view.severity,
    state,
    ...(asOf === undefined ? {} : { asOf }),
    ...(freshness === undefined ? {} : { freshness }),
  };
  return (
    out.jsonText({ schema: 1, command: "statusline", result }) + out.linesText([toned(out.paint, view, result.text)])
  );
}

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

export type StatuslineFlags = GlobalFlags & { short?: boolean };

/** The options of a status line without the parser of all commands; undefined for what only that one understands. */
export function readFlags(words: readonly string[]): StatuslineFlags | undefined {
  try {
    const { values } = parseArgs({ args: [...words], options: OPTIONS });
    const { "no-color": isPlain, "time-zone": timeZone, ...flags } = values;
    return { ...flags, color: isPlain !== true, ...(timeZone === undefined ? {} : { timeZone }) };
  } catch {
    return undefined;
  }
}

/** What is left, or since when that is known; what expires next where a reader would want to know it; and what is wrong. */
function lineOf({ text, tooltip, ladder }: StatusView, { freshness, problem }: Account): string {
  const [left = text, ...more] = tooltip.split("\n");
  const rung = ladder?.rungs.find(({ badges }) => badges.some(({ kind }) => kind === "soon" || kind === "expiring"));
  const { amount, when } = rung ?? {};
  const expiring = more.find((line) => when !== undefined && line.includes(`${amount}`) && line.includes(when.words));
  return [freshness === "fresh" ? left : text, expiring, problem === undefined ? undefined : more.at(-1)]
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
