/** One request to the chat endpoint between `begin` and `settle`, so that its credits are held and settled. */

import type { CreditClient, Draft, Outcome, Problem } from "costrict-credit";

import type { PanelHost } from "./panel-host.js";

const PATH = "/chat-rag/api/v1/chat/completions";

type Client = Pick<CreditClient, "begin" | "settle" | "explain">;
type ChatAccess = Pick<PanelHost, "baseUrl" | "token">;

export interface ChatResult {
  /** False: the core stopped it, and nothing was sent. */
  sent: boolean;
  /** What the refusal, or the silence, means. */
  problem?: Problem;
}

interface Reply {
  outcome: Outcome;
  problem?: Problem;
}

export async function sendChat(
  client: Client,
  carrier: ChatAccess,
  draft: Draft & { text: string },
  onSent: () => void,
): Promise<ChatResult> {
  const spend = client.begin(draft);
  if (spend.decision === "stop") return { sent: false };
  onSent();
  let reply: Reply = { outcome: { kind: "failed" } };
  try {
    const [baseUrl, token] = [carrier.baseUrl, await carrier.token()];
    reply =
      token === undefined
        ? { outcome: { kind: "failed" }, problem: client.explain({ status: 401 }) }
        : await post(client, baseUrl, token, spend.id, draft);
  } finally {
    client.settle(spend.id, reply.outcome);
  }
  return reply.problem === undefined ? { sent: true } : { sent: true, problem: reply.problem };
}

async function post(client: Client, baseUrl: string, token: string, key: string, draft: Draft): Promise<Reply> {
  let response: Response;
  try {
    response = await fetch(baseUrl + PATH, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "idempotency-key": key,
        "x-quota-identity": "user",
      },
      body: JSON.stringify({ model: draft.model, messages: [{ role: "user", content: draft.text }], stream: false }),
      // Another address would be charged again, or get the token.
      redirect: "error",
    });
  } catch {
    // Whether it was sent is unknown; the next reading shows it.
    return { outcome: { kind: "unknown" }, problem: client.explain({}) };
  }
  const charged = chargedCredits(response);
  const body = await response.text().catch(() => "");
  if (!response.ok) {
    const contentType = response.headers.get("content-type") ?? undefined;
    const problem = client.explain({
      status: response.status,
      body,
      headers: Object.fromEntries(response.headers),
      ...(contentType === undefined ? {} : { contentType }),
    });
    return { outcome: { kind: "failed", ...charged }, problem };
  }
  const routed = response.headers.get("x-select-llm");
  return { outcome: { kind: "charged", ...charged, ...(routed === null ? {} : { routedModel: routed }) } };
}

/** What the server charged, from its header; the core rounds to micro-credits. */
function chargedCredits(response: Response): { credits?: number } {
  const header = response.headers.get("x-credit-charged");
  if (header === null || header.trim() === "") return {};
  const credits = Number(header);
  return Number.isFinite(credits) && credits >= 0 ? { credits } : {};
}
