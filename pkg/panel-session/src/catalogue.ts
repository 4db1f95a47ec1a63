/** Loads the texts of a language into a client. */

import type { CreditClient } from "costrict-credit";

/** What `loadCatalogue` uses of a client. */
export type CatalogueClient = Pick<CreditClient, "missingCatalogue" | "setCatalogue">;

const loading = new WeakMap<CatalogueClient, Map<string, Promise<void>>>();

/**
 * Loads the catalogue that views in a language need, unless the client has it. Which one that is, the core decides. Views stay in
 * English where there is none, or where it cannot be read. Several callers share one load.
 *
 * @param read the text of a catalogue of the package by its name, such as "zh-TW"; undefined where it is missing
 */
export function loadCatalogue(
  client: CatalogueClient,
  locale: string,
  read: (name: string) => Promise<string | undefined>,
): Promise<void> {
  const name = client.missingCatalogue(locale);
  if (name === undefined) return Promise.resolve();
  const ofClient = loading.get(client) ?? new Map<string, Promise<void>>();
  loading.set(client, ofClient);
  const known = ofClient.get(name);
  if (known !== undefined) return known;
  const load = readInto(client, name, read).finally(() => ofClient.delete(name));
  ofClient.set(name, load);
  return load;
}

async function readInto(
  client: CatalogueClient,
  name: string,
  read: (name: string) => Promise<string | undefined>,
): Promise<void> {
  const texts = await read(name).catch(() => undefined);
  if (texts !== undefined) client.setCatalogue(name, texts);
}
