/** The core in the page itself, and the client that the panel shows. */

import { CreditClient, load } from "costrict-credit";
import { browserHost, type CreditPanelElement, signInByBrowser } from "costrict-credit/panel";

import { loadSession } from "./session.js";

/** Loads the core and who is signed in, both at the same time. */
export async function startInPage(panel: CreditPanelElement): Promise<void> {
  const [session] = await Promise.all([loadSession(), load()]);
  panel.locale = session.locale ?? null;
  /** The sign-in that is under way; another click starts a new one. */
  let signingIn = new AbortController();
  panel.host = {
    /** Kept as long as the page is open: a page has no safe place for a token. */
    async signIn() {
      signingIn.abort();
      signingIn = new AbortController();
      session.token = await signInByBrowser(session.baseUrl, signingIn.signal);
    },
  };
  panel.client = new CreditClient(browserHost({ token: () => session.token }), { baseUrl: session.baseUrl });
}
