/** One request to the chat endpoint between `begin` and `settle`, so that its credits are held and settled. */

import type { CreditClient, Draft, FailedReply, Outcome, Problem, Spend } from "costrict-credit";

const PATH = "/chat-rag/api/v1/chat/completions";

/** What a chat request uses of a client. */
export type ChatClient = Pick<CreditClient, "reserve" | "settle" | "explain">;

/** What one chat request needs of its environment. */
export interface ChatAccess {
  /** The client of now: a changed setting may have replaced it while the request was under way. */
  client(): ChatClient | Promise<ChatClient>;
  /** Of the credit server, without a slash at its end; undefined while the setting is wrong. */
  readonly baseUrl: string | undefined;
  /** For one request; kept nowhere. Absent: signed out. */
  token(): Promise<string | undefined>;
  /** Begins the request in place of the client, such as on a panel, which then shows why it was refused. */
  begin?(draft: Draft): Spend | Promise<Spend>;
  /** A failure that the result does not name. */
  log?(what: string, cause: unknown): void;
}

export interface ChatOptions {
  /** Cancels the request; whether it is charged shows with the next reading. */
  signal?: AbortSignal;
  /** Called when the budget allows the request, before it is sent. */
  onSent?: () => void;
}

/** How a chat request ended. */
export interface ChatResult {
  /** Of the hold, for `receipt()`. */
  id: string;
  /** False: the core stopped it, and nothing was sent. */
  sent: boolean;
  /** Why the core stopped it. */
  reason?: NonNullable<Spend["reason"]>;
  /** The text of the answer; an answer of another shape as it came. */
  answer?: string;
  /** The user did not want to wait any longer. */
  isCancelled?: true;
  /** What the refusal, or the silence, means. */
  problem?: Problem;
  outcome: Outcome;
}

type Reply = Omit<ChatResult, "sent" | "id" | "reason"> & { refusal?: FailedReply };

/**
 * Sends one prompt to the chat endpoint: its credits are held before it is sent, and settled by what the server charged. A
 * program that sends by its own code calls `reserve` or `begin`, and `settle`, itself.
 *
 * Does not reject because network or server are bad: the result then has a `problem`. Rejects when `access.client` or
 * `access.token` reject, and with a CreditError for a wrong draft.
 *
 * @example
 * const { answer, problem } = await sendChat(
 *   { client: () => client, baseUrl: "https://zgsm.sangfor.com", token: async () => token },
 *   { model: "GLM-4.6", text: "Explain this function.", identity: "user" },
 * );
 */
export async function sendChat(
  access: ChatAccess,
  draft: Draft & { text: string },
  { signal, onSent }: ChatOptions = {},
): Promise<ChatResult> {
  const spend = await (access.begin?.(draft) ?? (await access.client()).reserve(draft));
  if (spend.decision === "stop") {
    const { id, reason } = spend;
    return { id, sent: false, ...(reason === undefined ? {} : { reason }), outcome: { kind: "cancelled" } };
  }
  onSent?.();
  let reply: Reply = { outcome: { kind: "unknown" } };
  try {
    reply = await request(access, spend.id, draft, signal);
  } finally {
    // Whatever happened, a hold that is not settled would count as spent for half an hour.
    await settle(access, spend.id, reply);
  }
  const { refusal: _, ...result } = reply;
  return { id: spend.id, sent: true, ...result };
}

/** A paid answer is shown even if a setting became invalid meanwhile and there is no client to settle with. */
async function settle(access: ChatAccess, id: string, { outcome, refusal }: Reply): Promise<void> {
  try {
    // With the refusal, so that the panel on which the request was begun shows it.
    (await access.client()).settle(id, refusal === undefined ? outcome : { ...outcome, reply: refusal });
  } catch (cause) {
    access.log?.("settling a request", cause);
  }
}

async function request(
  access: ChatAccess,
  key: string,
  draft: Draft & { text: string },
  signal: AbortSignal | undefined,
): Promise<Reply> {
  const refused = async (outcome: Outcome, refusal: FailedReply): Promise<Reply> => ({
    outcome,
    refusal,
    problem: (await access.client()).explain(refusal),
  });
  const { baseUrl } = access;
  const token = baseUrl === undefined ? undefined : await access.token();
  if (token === undefined) return await refused({ kind: "cancelled" }, { status: 401 });
  try {
    const response = await fetch(baseUrl + PATH, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        // A repeat of the same request is not charged twice by servers that know this header.
        "idempotency-key": key,
        "x-quota-identity": "user",
        ...(draft.taskId === undefined ? {} : { "zgsm-task-id": draft.taskId }),
      },
      body: JSON.stringify({ model: draft.model, messages: [{ role: "user", content: draft.text }], stream: false }),
      // Another address would be charged again, or get the token.
      redirect: "error",
      ...(signal === undefined ? {} : { signal }),
    });
    const body = await response.text();
    const charged = chargedCredits(response);
    if (!response.ok) return await refused({ kind: "failed", ...charged }, failure(response, body));
    const routed = response.headers.get("x-select-llm");
    return {
      outcome: { kind: "charged", ...charged, ...(routed === null ? {} : { routedModel: routed }) },
      answer: answerText(body),
    };
  } catch (cause) {
    // Whether it was sent is unknown; the next reading shows it.
    if (signal?.aborted) return { outcome: { kind: "unknown" }, isCancelled: true };
    access.log?.("sending a request", cause);
    return await refused({ kind: "unknown" }, {});
  }
}

function failure(response: Response, body: string): FailedReply {
  const contentType = response.headers.get("content-type") ?? undefined;
  return {
    status: response.status,
    body,
    headers: Object.fromEntries(response.headers),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

/** What the server charged, from its header; the core rounds to micro-credits. */
function chargedCredits(response: Response): { credits?: number } {
  const header = response.headers.get("x-credit-charged");
  if (header === null || header.trim() === "") return {};
  const credits = Number(header);
  return Number.isFinite(credits) && credits >= 0 ? { credits } : {};
}

function answerText(body: string): string {
  try {
    const { choices } = JSON.parse(body) as { choices?: { message?: { content?: unknown } }[] };
    const content = choices?.[0]?.message?.content;
    return typeof content === "string" ? content : body;
  } catch {
    return body;
  }
}
