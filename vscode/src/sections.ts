/** Parts of the account panel for what is no panel: quick picks, messages, tools. */

import type { CreditClient, Draft, Section } from "costrict-credit";
import { ProgressLocation, window } from "vscode";

import type { Credits } from "./credits.js";
import { title } from "./own-words.js";

type SectionOf<Kind extends Section["kind"]> = Extract<Section, { kind: Kind }>;

/** One section of the panel as it would be shown now; absent where the panel has none of this kind. */
export function section<Kind extends Section["kind"]>(
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

/** The models of a server are asked for with its first reading. */
export async function clientWithReading(credits: Credits): Promise<CreditClient> {
  const client = await credits.client();
  if (client.account().state !== "known" || client.models().length === 0) await client.refresh("open");
  return client;
}

/** A command needs an account, and nobody is signed in. The message is the core's. */
export class SignedOut extends Error {}

export function needsAccount(credits: Credits, client: CreditClient): void {
  if (client.account().state !== "signed_out") return;
  throw new SignedOut(section(credits, client, "welcome")?.text ?? client.panel(credits.view).summary);
}

/** The client for a command that works on an account. */
export async function clientFor(credits: Credits, command: string): Promise<CreditClient> {
  const client = await waiting(command, clientWithReading(credits));
  needsAccount(credits, client);
  return client;
}

/** A server can take its time: the editor shows in its status bar what it waits for, unless that comes at once. */
export function waiting<T>(command: string, work: Promise<T>): Thenable<T> {
  return window.withProgress({ location: ProgressLocation.Window, title: title(command) }, () => work);
}
