/** Read-only language model tools. They answer in the user's language, and masked amounts stay masked. */

import type { CreditClient } from "costrict-credit";
import { CancellationError, type CancellationToken } from "vscode";

import type { ToolName } from "./contributions.js";
import type { Credits } from "./credits.js";
import { clientWithReading, panelSection } from "./panel-section.js";

/** Input of the estimate; the other tools take none. */
export interface ToolInput {
  prompt?: unknown;
  model?: unknown;
}

type ToolAnswer = (credits: Credits, client: CreditClient, input: ToolInput) => (string | undefined)[];

const TOOLS: Record<ToolName, ToolAnswer> = {
  status: (credits, client) => [
    client.panel(credits.view).summary,
    ...(panelSection(credits, client, "ladder")?.rungs ?? []).map((rung) => rung.summary),
  ],
  estimate: (credits, client, { prompt, model }) => {
    const draft = {
      model: typeof model === "string" && model !== "" ? model : credits.settings.model,
      text: typeof prompt === "string" ? prompt : "",
    };
    const send = panelSection(credits, client, "send", draft);
    return [send?.estimate?.summary, ...(send?.comparison?.rows ?? []).map((row) => row.join(", "))];
  },
  forecast: (credits, client) => {
    const forecast = panelSection(credits, client, "forecast");
    return [...(forecast?.lines ?? []).map((line) => line.text), forecast?.basis];
  },
};

/** What a tool answers; the account's summary where there is no other content, such as while signed out. */
export async function toolText(
  credits: Credits,
  name: ToolName,
  input: ToolInput,
  cancelled: CancellationToken,
): Promise<string> {
  const client = await cancellable(cancelled, clientWithReading(credits));
  const answer = () => TOOLS[name](credits, client, input ?? {}).filter((line) => line !== undefined && line !== "");
  // Rests on a month of use, which the client loads once for panel, tool and API.
  if (name === "forecast") await cancellable(cancelled, client.loadForecast());
  const lines = answer();
  return lines.length === 0 ? client.panel(credits.view).summary : lines.join("\n");
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
