/**
 * The sample of use: a request that costs credits, from its estimate to its price. An extension that sends requests to
 * CoStrict's models can copy this file. A changed setting replaces the client at any time, so each step gets the current one.
 */

import type { Draft, PanelView, ReceiptView, Spend } from "costrict-credit";
import {
  type ChatAccess,
  type ChatResult,
  type Prompt,
  type SendContext,
  sendChat,
} from "costrict-credit/panel-session";
import {
  type Credits,
  clientForCommand,
  escapeMarkup,
  offerRaise,
  panelSection,
  selectedText,
} from "costrict-credit/vscode";
import { ProgressLocation, window, workspace } from "vscode";

import { confirmAsk } from "../ask-dialog.js";

const COMMAND = "askModel";
/** All requests of this window count as one task for the budget. */
const TASK_ID = `editor-${Date.now().toString(36)}`;

/** After this time a receipt says that the charge is not known yet. */
const RECEIPT_WAIT_MAX_MS = 30_000;

export async function askModel(credits: Credits): Promise<void> {
  const empty = panelSection(credits, await clientForCommand(credits, COMMAND), "send");
  const text = await window.showInputBox({
    title: credits.contributions.title(COMMAND),
    value: selectedText(),
    ignoreFocusOut: true,
    prompt: empty?.prompt.label ?? "",
    placeHolder: empty?.prompt.placeholder ?? "",
  });
  if (text === undefined || text.trim() === "") return;
  const prompt = { text, model: credits.settings.model };
  const view = (await credits.client()).panel({ ...credits.view, model: prompt.model, draft: draftOf(prompt) });
  await sendPrompt(credits, prompt, view);
}

/** Of the panel that the prompt is from. */
export type SendOptions = Partial<Pick<SendContext, "accepted" | "reserve">>;

/**
 * Sends a prompt with the user's consent, opens the answer in an editor and shows what it cost.
 *
 * @param view the panel with the estimate of this prompt
 * @returns whether there is an answer
 */
export async function sendPrompt(
  credits: Credits,
  prompt: Prompt,
  view: PanelView,
  { accepted, reserve }: SendOptions = {},
): Promise<boolean> {
  if (!(await confirmAsk(view, prompt.text))) return false;
  const draft = draftOf(prompt);
  credits.task = { id: TASK_ID };
  const { server } = credits;
  const client = await credits.client();
  let stopped: Spend | undefined;
  const access: ChatAccess = {
    client: () => credits.client(),
    baseUrl: server,
    // For the server of this request, even after the setting changed.
    token: () => credits.token(server ?? ""),
    begin: async (draft) => {
      stopped = undefined;
      const spend = await (reserve?.(draft) ?? client.reserve(draft));
      if (spend.decision === "stop") stopped = spend;
      return spend;
    },
    log: (what, cause) => credits.logFailure(what, cause),
  };
  const result = await withCancellableProgress(credits, (signal) =>
    sendChat(access, draft, { signal, ...(accepted === undefined ? {} : { onSent: accepted }) }),
  );
  if (result.sent) credits.recordTurnEnd();
  if (result.isCancelled) return false;
  if (stopped?.cap !== undefined) {
    const form = panelSection(credits, await credits.client(), "send", draft)?.estimate?.raise;
    const reason = await refusalOf(credits, draft);
    const model = await offerRaise(credits, { cap: stopped.cap, form, reason, model: prompt.model });
    if (model === undefined) return false;
    const retried = { text: prompt.text, model };
    const newView = (await credits.client()).panel({ ...credits.view, model, draft: draftOf(retried) });
    return sendPrompt(credits, retried, newView, { ...(accepted && { accepted }), ...(reserve && { reserve }) });
  }
  if (result.answer === undefined) {
    const text = await refusalOf(credits, draft);
    if (text !== "") void window.showWarningMessage(escapeMarkup(text));
    return false;
  }
  await window.showTextDocument(await workspace.openTextDocument({ content: result.answer, language: "markdown" }));
  void showReceipt(credits, result.id).catch((cause: unknown) => credits.logFailure("showing a receipt", cause));
  return true;
}

/** What the request cost and what is left: known with the first reading that includes it. */
async function showReceipt(credits: Credits, id: string): Promise<void> {
  const read = () => credits.loaded?.receipt(id, credits.view);
  const receipt = await new Promise<ReceiptView | undefined>((resolve) => {
    const end = () => {
      listening.dispose();
      clearTimeout(timer);
      resolve(read());
    };
    const listening = credits.onDidChange(() => {
      if (read()?.state !== "pending") end();
    });
    const timer = setTimeout(end, RECEIPT_WAIT_MAX_MS);
    if (read()?.state !== "pending") end();
  });
  if (receipt !== undefined) void window.showInformationMessage(escapeMarkup(receipt.text));
}

/** The identity decides who is charged: a prompt of the user starts a turn. */
function draftOf({ text, model }: Prompt): Draft & { text: string } {
  const { name: project } = workspace;
  return { model, text, task: { id: TASK_ID, ...(project === undefined ? {} : { project }) }, identity: "user" };
}

/** Why nothing was sent, or why it was refused, in the core's words. */
async function refusalOf(credits: Credits, draft: Draft): Promise<string> {
  const client = await credits.client();
  const { refusal, estimate } = panelSection(credits, client, "send", draft) ?? {};
  const problem = refusal ?? estimate?.warning ?? panelSection(credits, client, "balance")?.problem;
  return problem === undefined ? (estimate?.summary ?? "") : `${problem.title}. ${problem.text}`;
}

/** A model takes its time: the user sees that something is under way, and can cancel it. */
function withCancellableProgress(
  credits: Credits,
  work: (signal: AbortSignal) => Promise<ChatResult>,
): Thenable<ChatResult> {
  const title = credits.contributions.title(COMMAND);
  const options = { location: ProgressLocation.Notification, cancellable: true, title };
  return window.withProgress(options, async (_progress, cancelled) => {
    const controller = new AbortController();
    const listening = cancelled.onCancellationRequested(() => controller.abort());
    try {
      return await work(controller.signal);
    } finally {
      listening.dispose();
    }
  });
}
