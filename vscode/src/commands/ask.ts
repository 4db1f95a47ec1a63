/**
 * The sample of use: a request that costs credits, from its estimate to its price. Whoever sends requests to CoStrict's
 * models can copy this file.
 */

import type { CreditClient, Draft, Outcome } from "costrict-credit";
import { window, workspace } from "vscode";

import type { Credits } from "../credits.js";
import { title } from "../own-words.js";
import { clientWithReading, section } from "../sections.js";
import { chatBase } from "../surroundings.js";
import { selectedText } from "./models.js";

const PATH = "/chat-rag/api/v1/chat/completions";
/** Everything that this window asks counts as one task for the budget. */
const TASK = `editor-${Date.now().toString(36)}`;

export async function askModel(credits: Credits): Promise<void> {
  const client = await clientWithReading(credits);
  const empty = section(credits, client, "send");
  const text = await window.showInputBox({
    title: title("costrictCredit.askModel"),
    value: selectedText(),
    prompt: empty?.prompt.label ?? "",
    placeHolder: empty?.prompt.placeholder ?? "",
  });
  if (text === undefined || text.trim() === "") return;
  const draft = { model: credits.settings.model, text, taskId: TASK };
  if (!(await agreed(credits, client, draft))) return;

  const spend = client.begin(draft);
  if (spend.decision === "stop") return refused(credits, client, draft);
  let outcome: Outcome = { kind: "unknown" };
  let answer: string | undefined;
  try {
    ({ outcome, answer } = await post(credits, client, spend.id, draft));
  } finally {
    // Whatever happened, a hold that is not settled would count as spent for half an hour.
    client.settle(spend.id, outcome);
    credits.turnEnded();
  }
  if (answer === undefined) return refused(credits, client, draft);
  await window.showTextDocument(await workspace.openTextDocument({ content: answer, language: "markdown" }));
}

/** Shows what the request would cost; what is over a soft cap, or not sure to be paid, has to be confirmed. */
async function agreed(credits: Credits, client: CreditClient, draft: Draft): Promise<boolean> {
  const send = section(credits, client, "send", draft);
  if (send?.estimate === undefined) return true;
  const { summary, warning } = send.estimate;
  const detail = [warning?.title, warning?.text].filter(Boolean).join("\n");
  const options = { modal: true, ...(detail === "" ? {} : { detail }) };
  return (await window.showInformationMessage(summary, options, send.submit.label)) === send.submit.label;
}

/** Why nothing was sent, or why it was refused, in the core's words. */
function refused(credits: Credits, client: CreditClient, draft: Draft): void {
  const estimate = section(credits, client, "send", draft)?.estimate;
  const problem = estimate?.warning ?? section(credits, client, "balance")?.problem;
  const text = problem === undefined ? (estimate?.summary ?? "") : `${problem.title}. ${problem.text}`;
  if (text !== "") void window.showWarningMessage(text);
}

async function post(credits: Credits, client: CreditClient, key: string, draft: Draft): Promise<{ outcome: Outcome; answer?: string }> {
  const token = await credits.token();
  if (token === undefined) return { outcome: { kind: "cancelled" } };
  const reply = await fetch(chatBase(credits.settings.baseUrl) + PATH, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      // A repeat of the same request is not charged twice by servers that know this header.
      "idempotency-key": key,
      "x-quota-identity": "user",
      "zgsm-task-id": TASK,
    },
    body: JSON.stringify({ model: draft.model, messages: [{ role: "user", content: draft.text }], stream: false }),
  });
  const body = await reply.text();
  const routed = reply.headers.get("x-select-llm");
  if (!reply.ok) {
    client.explain({ status: reply.status, headers: Object.fromEntries(reply.headers), body });
    return { outcome: { kind: "failed" } };
  }
  return { outcome: { kind: "charged", ...(routed === null ? {} : { routedModel: routed }) }, answer: readAnswer(body) };
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
