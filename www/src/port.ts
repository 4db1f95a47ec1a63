/** The one way from the page to the core. Who carries it, a call or a postMessage, the page does not know. */

import type { HostMessage, PageMessage, SavedChoices } from "./protocol.js";

export interface Port {
  /** Begin to deliver what the holder of the core says. Called once, before the first `send`. */
  listen(listener: (message: HostMessage) => void): void;
  send(message: PageMessage): void;
  /** The page's own choices; they outlive the page. */
  choices(): SavedChoices;
  saveChoices(choices: SavedChoices): void;
}
