/** What assistants may ask: read only, and in the words that the user sees. Masked amounts stay masked for them, too. */

import type { CreditClient } from "costrict-credit";
import { type CancellationToken, type Disposable, type LanguageModelToolInvocationOptions, LanguageModelTextPart, LanguageModelToolResult, lm } from "vscode";

import type { Credits } from "./credits.js";
import { clientWithReading, section } from "./sections.js";

interface EstimateInput {
  prompt?: unknown;
  model?: unknown;
}

export function registerTools(credits: Credits): Disposable[] {
  const tool = <Input extends object>(name: string, say: (client: CreditClient, input: Input) => (string | undefined)[]) =>
    lm.registerTool<Input>(name, {
      async invoke({ input }: LanguageModelToolInvocationOptions<Input>, _cancelled: CancellationToken) {
        const client = await clientWithReading(credits);
        const lines = say(client, input).filter((line) => line !== undefined && line !== "");
        return new LanguageModelToolResult([new LanguageModelTextPart(lines.join("\n"))]);
      },
    });
  return [
    tool("costrict_credits_status", (client) => [
      client.panel(credits.view).summary,
      ...(section(credits, client, "ladder")?.rungs ?? []).map((rung) => rung.summary),
    ]),
    tool<EstimateInput>("costrict_credits_estimate", (client, { prompt, model }) => {
      const draft = {
        model: typeof model === "string" && model !== "" ? model : credits.settings.model,
        text: typeof prompt === "string" ? prompt : "",
      };
      const send = section(credits, client, "send", draft);
      return [send?.estimate?.summary, ...(send?.comparison?.rows ?? []).map((row) => row.join(", "))];
    }),
    tool("costrict_credits_forecast", (client) => {
      const forecast = section(credits, client, "forecast");
      return [...(forecast?.lines ?? []).map((line) => line.text), forecast?.basis];
    }),
  ];
}
