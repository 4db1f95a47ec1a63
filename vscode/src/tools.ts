/** Read-only language model tools. They answer in the user's language, and masked amounts stay masked. */

import type { CreditClient } from "costrict-credit";
import { CancellationError, type CancellationToken, LanguageModelTextPart, LanguageModelToolResult } from "vscode";

import type { Credits } from "./credits.js";
import { clientWithReading, panelSection } from "./panel-section.js";

interface EstimateInput {
  prompt?: unknown;
  model?: unknown;
}

type ToolAnswer = (credits: Credits, client: CreditClient, input: EstimateInput) => (string | undefined)[];

const TOOLS: Record<string, ToolAnswer> = {
  costrict_credits_status: (credits, client) => [
    client.panel(credits.view).summary,
    ...(panelSection(credits, client, "ladder")?.rungs ?? []).map((rung) => rung.summary),
  ],
  costrict_credits_estimate: (credits, client, { prompt, model }) => {
    const draft = {
      model: typeof model === "string" && model !== "" ? model : credits.settings.model,
      text: typeof prompt === "string" ? prompt : "",
    };
    const send = panelSection(credits, client, "send", draft);
    return [send?.estimate?.summary, ...(send?.comparison?.rows ?? []).map((row) => row.join(", "))];
  },
  costrict_credits_forecast: (credits, client) => {
    const forecast = panelSection(credits, client, "forecast");
    return [...(forecast?.lines ?? []).map((line) => line.text), forecast?.basis];
  },
};

/** Result of a tool; the account's summary where there is no other content, such as while signed out. */
export async function answerTool(
  credits: Credits,
  name: string,
  input: EstimateInput,
  cancelled: CancellationToken,
): Promise<LanguageModelToolResult> {
  const client = await cancellable(cancelled, clientWithReading(credits));
  const answer = () =>
    TOOLS[name]?.(credits, client, input ?? {}).filter((line) => line !== undefined && line !== "") ?? [];
  // Rests on a month of use, which the client loads once for panel, tool and API.
  if (name === "costrict_credits_forecast") await cancellable(cancelled, client.loadForecast());
  const lines = answer();
  const text = lines.length === 0 ? client.panel(credits.view).summary : lines.join("\n");
  return new LanguageModelToolResult([new LanguageModelTextPart(text)]);
}

/** Rejects when the caller cancels. */
async function cancellable<T>(cancelled: CancellationToken, work: Promise<T>): Promise<T> {
  let listening: { dispose(): void } | undefined;
  const left = new Promise<never>((_resolve, reject) => {
    listening = cancelled.onCancellationRequested(() => reject(new CancellationError()));
  });
  try {
    return await Promise.race([work, left]);
  } finally {
    listening?.dispose();
  }
}
