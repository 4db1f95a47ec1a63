/** The page's connection to the panel session, over direct calls or postMessage. */

import type { HostMessage, PageMessage, SavedChoices } from "costrict-credit/panel-session";

export interface Port {
  /** Starts delivery of messages from the session. Called once, before the first `send`. */
  listen(listener: (message: HostMessage) => void): void;
  send(message: PageMessage): void;
  /** The page's saved choices; they survive a reload. */
  choices(): SavedChoices;
  saveChoices(choices: SavedChoices): void;
}
