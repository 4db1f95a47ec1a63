/** Names that the manifest declares and the sources use. They depend on nothing, so that every module can import them. */

/** The view in the side bar. */
export const VIEW = "costrictCredit.account";
/** The panel as an editor tab. */
export const TAB = "costrictCredit.panel";
/** The settings. */
export const SECTION = "costrictCredit";
/** Context key: there is nothing to sign out of. */
export const SIGNED_OUT = "costrictCredit.signedOut";
/** Context key: a step of the walkthrough is done. Not the opposite of the one above: before the start both are unset. */
export const SIGNED_IN = "costrictCredit.signedIn";
/** In the status bar. */
export const ICON = "$(credit-card)";
