/**
 * The sample of use: a request that costs credits, from its estimate to its price. An extension that sends requests to
 * CoStrict's models can copy this file. A changed setting replaces the client at any time, so each step gets the current one.
 */

import type { Draft, FailedReply, Outcome } from "costrict-credit";
import { ProgressLocation, window, workspace } from "vscode";

import { confirmSend } from "../confirm.js";
import type { Credits } from "../credits.js";
import { clientForCommand, panelSection } from "../panel-section.js";
import { escapeMarkup, title } from "../strings.js";
import { selectedText } from "./models.js";

const COMMAND = "costrictCredit.askModel";
const PATH = "/chat-rag/api/v1/chat/completions";
/** All requests of this window count as one task for the budget. */
const TASK_ID = `editor-${Date.now().toString(36)}`;

interface Reply {
  outcome: Outcome;
  answer?: string;
  /** The user did not want to wait any longer. */
  isCancelled?: true;
}

export async function askModel(credits: Credits): Promise<void> {
  const empty = panelSection(credits, await clientForCommand(credits, COMMAND), "send");
  const text = await window.showInputBox({
    title: title(COMMAND),
    value: selectedText(),
    ignoreFocusOut: true,
    prompt: empty?.prompt.label ?? "",
    placeHolder: empty?.prompt.placeholder ?? "",
  });
  if (text === undefined || text.trim() === "") return;
  // The identity decides who is charged: a prompt of the user starts a turn.
  const draft: Draft = { model: credits.settings.model, text, taskId: TASK_ID, identity: "user" };
  const view = (await credits.client()).panel({ ...credits.view, model: draft.model, draft });
  if (!(await confirmSend(view, false))) return;

  const spend = (await credits.client()).begin(draft);
  if (spend.decision === "stop") return showRefusal(credits, draft);
  let reply: Reply = { outcome: { kind: "unknown" } };
  try {
    reply = await withCancellableProgress((stop) => post(credits, spend.id, draft, stop));
  } finally {
    // Whatever happened, a hold that is not settled would count as spent for half an hour.
    await settle(credits, spend.id, reply.outcome);
  }
  if (reply.isCancelled) return;
  if (reply.answer === undefined) return showRefusal(credits, draft);
  await window.showTextDocument(await workspace.openTextDocument({ content: reply.answer, language: "markdown" }));
}

/** Why nothing was sent, or why it was refused, in the core's words. */
async function showRefusal(credits: Credits, draft: Draft): Promise<void> {
  const client = await credits.client();
  const { refusal, estimate } = panelSection(credits, client, "send", draft) ?? {};
  const problem = refusal ?? estimate?.warning ?? panelSection(credits, client, "balance")?.problem;
  const text = problem === undefined ? (estimate?.summary ?? "") : `${problem.title}. ${problem.text}`;
  if (text !== "") void window.showWarningMessage(escapeMarkup(text));
}

/** A model takes its time: the user sees that something is under way, and can leave it. */
function withCancellableProgress(work: (stop: AbortSignal) => Promise<Reply>): Thenable<Reply> {
  const options = { location: ProgressLocation.Notification, cancellable: true, title: title(COMMAND) };
  return window.withProgress(options, async (_progress, cancelled) => {
    const stop = new AbortController();
    const listening = cancelled.onCancellationRequested(() => stop.abort());
    try {
      return await work(stop.signal);
    } finally {
      listening.dispose();
    }
  });
}

/** A paid answer is shown even if a setting became invalid meanwhile and there is no client to settle with. */
async function settle(credits: Credits, id: string, outcome: Outcome): Promise<void> {
  try {
    (await credits.client()).settle(id, outcome);
    credits.recordTurnEnd();
  } catch (cause) {
    credits.logFailure("settling a request", cause);
  }
}

async function post(credits: Credits, key: string, draft: Draft, stop: AbortSignal): Promise<Reply> {
  const explain = async (reply: FailedReply) => (await credits.client()).explain(reply);
  const { server } = credits;
  const token = server === undefined ? undefined : await credits.token(server);
  if (server === undefined || token === undefined) {
    await explain({ status: 401 });
    return { outcome: { kind: "cancelled" } };
  }
  try {
    const reply = await fetch(server + PATH, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        // A repeat of the same request is not charged twice by servers that know this header.
        "idempotency-key": key,
        "x-quota-identity": "user",
        "zgsm-task-id": TASK_ID,
      },
      body: JSON.stringify({ model: draft.model, messages: [{ role: "user", content: draft.text }], stream: false }),
      // Another address would be charged again, or get the token.
      redirect: "error",
      signal: stop,
    });
    const body = await reply.text();
    if (!reply.ok) {
      await explain({ status: reply.status, headers: Object.fromEntries(reply.headers), body });
      return { outcome: { kind: "failed" } };
    }
    const routed = reply.headers.get("x-select-llm");
    return {
      outcome: { kind: "charged", ...(routed === null ? {} : { routedModel: routed }) },
      answer: readAnswer(body),
    };
  } catch (cause) {
    // Whether it was sent is unknown; the next reading shows it.
    if (stop.aborted) return { outcome: { kind: "unknown" }, isCancelled: true };
    credits.logFailure("asking a model", cause);
    await explain({});
    return { outcome: { kind: "unknown" } };
  }
}

/** The text of the answer; an answer of another shape is shown as it came. */
function readAnswer(body: string): string {
  try {
    const { choices } = JSON.parse(body) as { choices?: { message?: { content?: unknown } }[] };
    const content = choices?.[0]?.message?.content;
    return typeof content === "string" ? content : body;
  } catch {
    return body;
  }
}
