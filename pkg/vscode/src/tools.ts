/** Read-only language model tools. They answer in the user's language, and masked amounts stay masked. */

import type { CreditClient } from "costrict-credit";
import { CancellationError, type CancellationToken } from "vscode";

import type { ToolName } from "./contributions.js";
import type { Credits } from "./credits.js";
import { l10n } from "./l10n.js";
import { clientWithReading, panelSection } from "./panel-section.js";

/** Input of the estimate and of the task; the other tools take none. */
export interface ToolInput {
  prompt?: unknown;
  model?: unknown;
  /** The id of a task; the current one when left out. */
  task?: unknown;
}

/** Of an unknown id, in an answer. */
const ID_MAX_LENGTH = 80;

type ToolAnswer = (credits: Credits, client: CreditClient, input: ToolInput) => (string | undefined)[];

/** What turn and task cost, while the extension works on one whose requests are known. */
function currentTask(credits: Credits, client: CreditClient): string[] {
  const status = credits.task === undefined ? undefined : client.taskStatus(credits.task.id, credits.view);
  return status === undefined ? [] : [status.text];
}

const TOOLS: Record<ToolName, ToolAnswer> = {
  status: (credits, client) => [
    client.panel(credits.view).summary,
    ...(panelSection(credits, client, "ladder")?.rungs ?? []).map((rung) => rung.summary),
    ...currentTask(credits, client),
  ],
  estimate: (credits, client, { prompt, model }) => {
    const draft = {
      model: typeof model === "string" && model !== "" ? model : credits.settings.model,
      text: typeof prompt === "string" ? prompt : "",
    };
    const send = panelSection(credits, client, "send", draft);
    return [
      send?.estimate?.summary,
      ...(send?.comparison?.rows ?? []).map((row) => row.join(", ")),
      ...currentTask(credits, client),
    ];
  },
  forecast: (credits, client) => {
    const forecast = panelSection(credits, client, "forecast");
    return [...(forecast?.lines ?? []).map((line) => line.text), forecast?.basis, ...currentTask(credits, client)];
  },
  task: (credits, client, { task }) => {
    const id = typeof task === "string" && task !== "" ? task : credits.task?.id;
    if (client.account().state === "signed_out") return [];
    if (id === undefined) return [l10n.t("There is no current task. Give the id of a task.")];
    const status = client.taskStatus(id, credits.view);
    return status === undefined
      ? [
          l10n.t(
            "Nothing is known of the task {0}. It may have had no request yet.",
            JSON.stringify(id.slice(0, ID_MAX_LENGTH)),
          ),
        ]
      : [status.text, ...status.tooltip.split("\n").filter((line) => !status.text.includes(line))];
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
