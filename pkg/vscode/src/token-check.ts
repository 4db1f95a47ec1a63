/** Asks a server whether it accepts a token, before the token is stored. */

import type { Host, ProblemKind } from "costrict-credit";

import type { Credits } from "./credits.js";
import type { TokenVerdict } from "./token-prompt.js";

/** "verifying" is a refusal, too: the token is refused although it has not expired. */
const REFUSALS: readonly ProblemKind[] = ["sign_in_again", "signed_out", "verifying"];

/** One request with this token, by a client of its own that stores nothing. */
export async function checkToken(credits: Credits, token: string): Promise<TokenVerdict> {
  const host: Host = {
    token: async () => token,
    read: async () => undefined,
    write: async () => {},
    lock: async () => true,
    unlock: async () => {},
  };
  const client = await credits.createClient(host);
  try {
    const { problem, state } = await client.refresh("signed_in");
    if (state === "known" || problem === undefined) return { kind: "accepted" };
    if (REFUSALS.includes(problem.kind)) return { kind: "refused" };
    const loading = client.panel(credits.view).sections.find((section) => section.kind === "loading");
    const { title, text } = loading?.problem ?? { title: client.panel(credits.view).summary, text: "" };
    return { kind: "unchecked", reason: `${title}. ${text}` };
  } finally {
    client.free();
  }
}
