/** `estimate` and `compare`: what a request would cost before it is sent. */

import { readFile } from "node:fs/promises";
import { type Draft, loadTokens } from "costrict-credit";

import { type Call, type Command, sectionOf } from "../call.js";
import { CliError, ExitCode } from "../exit-code.js";
import { screenOf } from "../screen.js";
import type { Session } from "../session.js";
import { tableLines } from "../table.js";
import { estimateLines } from "../view.js";
import { freshnessCode, requireModel } from "./account.js";

const AUTO = "Auto";

export interface DraftFlags {
  text?: string;
  file?: string;
  tokens?: number;
  identity?: "user" | "system";
}

export const estimate: Command<DraftFlags & { require?: boolean }> = async (call, flags, [named = AUTO]) => {
  const { session, draft } = await openDraft(call, flags, named);
  const result = session.client.estimate(draft);
  call.out.json({ schema: 1, command: "estimate", result });
  const section = sectionOf(await call.panel({ draft }), "send");
  if (section?.estimate !== undefined) call.out.lines(estimateLines(section.estimate, screenOf(call.out)));
  const account = session.client.account();
  if (flags.require !== true) return account.state === "known" ? freshnessCode(call, session, account) : ExitCode.ok;
  if (account.state !== "known") throw session.unanswered(account);
  if (result.affordable === undefined) throw new CliError(ExitCode.noAnswer, call.text("priceUnknown", draft.model));
  if (result.affordable) return ExitCode.ok;
  const amounts = [result.expected ?? 0, account.balance?.available ?? 0].map((credits) => format(session, credits));
  call.out.error(call.text("notEnough", draft.model, ...amounts));
  return ExitCode.notEnough;
};

export const compare: Command<DraftFlags> = async (call, flags) => {
  const { session, draft } = await openDraft(call, flags, AUTO);
  call.out.json({ schema: 1, command: "compare", result: session.client.compare(draft) });
  const table = sectionOf(await call.panel({ draft }), "send")?.comparison;
  if (table !== undefined) call.out.lines(tableLines(table, call.out.paint, call.out.width));
  return ExitCode.ok;
};

/** The request as it would be sent, with the tables that count its prompt. */
async function openDraft(call: Call, flags: DraftFlags, named: string): Promise<{ session: Session; draft: Draft }> {
  const prompt = await readPrompt(call, flags);
  const session = await call.session();
  const account = await session.refresh();
  if (session.client.models().length === 0) throw session.unanswered(account);
  const model = requireModel(call, session.client, named);
  // Without them the built-in tables count, and the range is wider.
  if (prompt.text !== undefined) await loadTokens(model).catch(() => {});
  const draft: Draft = { model, ...prompt, ...(flags.identity === undefined ? {} : { identity: flags.identity }) };
  return { session, draft };
}

async function readPrompt(
  call: Call,
  { text, file, tokens }: DraftFlags,
): Promise<Pick<Draft, "text" | "inputTokens">> {
  const given = [text, file, tokens].filter((value) => value !== undefined);
  if (given.length > 1) throw new CliError(ExitCode.wrongCall, call.text("onePrompt"));
  if (text !== undefined) return { text };
  if (tokens !== undefined) return { inputTokens: tokens };
  if (file !== undefined && file !== "-") return { text: await readPromptFile(call, file) };
  const isPiped = file === "-" || (process.stdin.isTTY !== true && call.flags.tokenStdin !== true);
  if (!isPiped) return {};
  if (call.flags.tokenStdin === true) throw new CliError(ExitCode.wrongCall, call.text("stdinOnce"));
  const piped = await readAll(process.stdin);
  return piped === "" ? {} : { text: piped };
}

async function readPromptFile(call: Call, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new CliError(ExitCode.wrongCall, call.text("cannotRead", path, code));
  }
}

async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of input) text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function format({ locale }: Session, credits: number): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }).format(credits);
}
