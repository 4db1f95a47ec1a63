/** Parts of the account panel for what is no panel: quick picks, messages, tools. */

import type { CreditClient, Draft, Section } from "costrict-credit";

import type { Credits } from "./credits.js";

type SectionOf<Kind extends Section["kind"]> = Extract<Section, { kind: Kind }>;

/** One section of the panel as it would be shown now; absent where the panel has none of this kind. */
export function section<Kind extends Section["kind"]>(
  credits: Credits,
  client: CreditClient,
  kind: Kind,
  draft?: Draft,
): SectionOf<Kind> | undefined {
  const view = client.panel({ ...credits.view, model: credits.settings.model, ...(draft === undefined ? {} : { draft }) });
  return view.sections.find((candidate): candidate is SectionOf<Kind> => candidate.kind === kind);
}

/** The models of a server are asked for with its first reading. */
export async function clientWithReading(credits: Credits): Promise<CreditClient> {
  const client = await credits.client();
  if (client.account().state !== "known" || client.models().length === 0) await client.refresh("open");
  return client;
}
