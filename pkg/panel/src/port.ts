/** What the element needs of a connection to a session elsewhere. */

import type { PagePort, SavedChoices } from "costrict-credit/panel-session";

/** The page's end of any transport, such as `pageChannelPort` of `costrict-credit/panel-session` makes. */
export interface PanelPort extends PagePort {
  /** The page's saved choices, where the transport has a place for them; absent: the session storage of the tab. */
  choices?(): SavedChoices;
  saveChoices?(choices: SavedChoices): void;
}
