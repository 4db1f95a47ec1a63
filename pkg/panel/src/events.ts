/** The events of the panel. They bubble and leave shadow roots. */

import type { PanelError } from "./panel-error.js";

/** A file that the user wants to save. */
export interface ExportedFile {
  name: string;
  /** MIME type. */
  type: string;
  text: string;
}

/** The name and language of what is shown, such as for the title of a page. */
export interface PanelTitle {
  title: string;
  /** BCP 47. */
  locale: string;
  direction: "ltr" | "rtl";
}

export interface SignInRequest {
  /** The panel looks for the new account once this has settled; a rejection is shown. */
  waitUntil(work: Promise<unknown>): void;
}

export interface CreditPanelEventMap {
  /**
   * A link is about to be opened. By default it opens in a new tab without access to this page. The address may hand the
   * sign-in over to the account page: do not log it.
   */
  "costrict-credit-link": CustomEvent<{ readonly href: string }>;
  /** The user wants to sign in. By default the host's `signIn` is called; without one the panel says that it cannot. */
  "costrict-credit-sign-in": CustomEvent<SignInRequest>;
  /** The user exports usage or credit record. By default the browser downloads the file. */
  "costrict-credit-export": CustomEvent<ExportedFile>;
  /** Title, language or direction has changed. */
  "costrict-credit-title": CustomEvent<PanelTitle>;
  /** The panel was used wrongly. By default the message is shown in the panel. */
  "costrict-credit-error": CustomEvent<PanelError>;
}

declare global {
  interface HTMLElementEventMap extends CreditPanelEventMap {}
}
