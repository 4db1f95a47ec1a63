/** What assistants may ask: read only, and in the words that the user sees. Masked amounts stay masked for them, too. */

import type { CreditClient } from "costrict-credit";
import { LanguageModelTextPart, LanguageModelToolResult } from "vscode";

import type { Credits } from "./credits.js";
import { clientWithReading, section } from "./sections.js";

interface EstimateInput {
  prompt?: unknown;
  model?: unknown;
}

type Say = (credits: Credits, client: CreditClient, input: EstimateInput) => (string | undefined)[];

const TOOLS: Record<string, Say> = {
  costrict_credits_status: (credits, client) => [
    client.panel(credits.view).summary,
    ...(section(credits, client, "ladder")?.rungs ?? []).map((rung) => rung.summary),
  ],
  costrict_credits_estimate: (credits, client, { prompt, model }) => {
    const draft = {
      model: typeof model === "string" && model !== "" ? model : credits.settings.model,
      text: typeof prompt === "string" ? prompt : "",
    };
    const send = section(credits, client, "send", draft);
    return [send?.estimate?.summary, ...(send?.comparison?.rows ?? []).map((row) => row.join(", "))];
  },
  costrict_credits_forecast: (credits, client) => {
    const forecast = section(credits, client, "forecast");
    return [...(forecast?.lines ?? []).map((line) => line.text), forecast?.basis];
  },
};

/** What a tool says. One that is not among these is not registered, and says nothing. */
export async function answerTool(credits: Credits, name: string, input: EstimateInput): Promise<LanguageModelToolResult> {
  const client = await clientWithReading(credits);
  const lines = TOOLS[name]?.(credits, client, input) ?? [];
  return new LanguageModelToolResult([new LanguageModelTextPart(lines.filter((line) => line !== undefined && line !== "").join("\n"))]);
}
