/** Parts of the account panel for what is no panel: quick picks, messages, tools. */

import type { CreditClient, Draft, Section } from "costrict-credit";
import { ProgressLocation, window } from "vscode";

import type { Credits } from "./credits.js";

/** The section of a panel that has this kind. */
export type SectionOf<Kind extends Section["kind"]> = Extract<Section, { kind: Kind }>;

/** One section of the panel as it would be shown now; absent where the panel has none of this kind. */
export function panelSection<Kind extends Section["kind"]>(
  credits: Credits,
  client: CreditClient,
  kind: Kind,
  draft?: Draft,
): SectionOf<Kind> | undefined {
  const view = client.panel({
    ...credits.view,
    model: credits.settings.model,
    ...(draft === undefined ? {} : { draft }),
  });
  return view.sections.find((candidate): candidate is SectionOf<Kind> => candidate.kind === kind);
}

/** The first refresh also loads the models. */
export async function clientWithReading(credits: Credits): Promise<CreditClient> {
  const client = await credits.client();
  if (client.account().state !== "known" || client.models().length === 0) await client.refresh("open");
  return client;
}

/** A command needs an account while signed out. The message is the core's. */
export class SignedOut extends Error {}

export function requireAccount(credits: Credits, client: CreditClient): void {
  if (client.account().state !== "signed_out") return;
  throw new SignedOut(panelSection(credits, client, "welcome")?.text ?? client.panel(credits.view).summary);
}

/** The client for a command that works on an account. Rejects with SignedOut while there is none. */
export async function clientForCommand(credits: Credits, command: string): Promise<CreditClient> {
  const client = await withProgress(credits, command, clientWithReading(credits));
  requireAccount(credits, client);
  return client;
}

/** Shows progress under the title of a command in the status bar while a slow server is awaited. */
export function withProgress<T>(credits: Credits, command: string, work: Promise<T>): Thenable<T> {
  const title = credits.contributions.title(command);
  return window.withProgress({ location: ProgressLocation.Window, title }, () => work);
}
