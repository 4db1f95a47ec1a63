/**
 * The host side of the account panel, over any transport: `connectPanel` turns what a page reports into calls of a client, and
 * posts the views that result. Beside it is what every host of a client needs: the refresh schedule, the catalogues of texts, one
 * chat request from its hold to its settlement, and what windows that share a storage need: its interface, locks and claims of tokens.
 *
 * @module costrict-credit/panel-session
 */

export { type CatalogueClient, loadCatalogue } from "./catalogue.js";
export { type ChatAccess, type ChatClient, type ChatOptions, type ChatResult, sendChat } from "./chat-request.js";
export { type ClientSource, connectPanel, PanelConnection } from "./connect.js";
export { isTimeZone, regionalLocale } from "./locale.js";
export { isHeld, type LockRecord, newLockRecord, readLockRecord } from "./lock-record.js";
export {
  type HostMessage,
  type PageMessage,
  PROMPT_MAX_LENGTH,
  PROTOCOL_VERSION,
  type Reader,
  readChoices,
  readHostMessage,
  readPageMessage,
  type SavedChoices,
} from "./messages.js";
export type { CreatedVoucher, PanelHost, Preference, Prompt, SendContext } from "./panel-host.js";
export { PanelSession } from "./panel-session.js";
export type { PanelState, RecordsChoice } from "./panel-state.js";
export {
  isConfidential,
  isLoginFailure,
  isTokenPair,
  LOGIN_POLL_INTERVAL_MS,
  LOGIN_POLLS_MAX,
  type LoginClient,
  type LoginFailure,
  type LoginReply,
  PluginLogin,
  renewToken,
  revokeToken,
} from "./plugin-login.js";
export {
  channelPort,
  type EnvelopeChannel,
  inProcessPort,
  type MessageChannelLike,
  type PagePort,
  type PanelEnvelope,
  pageChannelPort,
  type SessionPort,
  type Subscription,
  type WebviewLike,
  webviewPort,
} from "./port.js";
export { capTarget, offeredLimit } from "./raise-cap.js";
export { type RefreshClient, RefreshScheduler, type WindowActivity } from "./refresh-scheduler.js";
export { serverAddress } from "./server-address.js";
export { fileName, hostStorage, type SharedStore } from "./shared-store.js";
export { readToken, type SharedToken, type TokenPair } from "./token.js";
export { readClaims, type TokenClaims } from "./token-claims.js";
export { type Warn, type WatchTarget, watchOrPoll } from "./watch-or-poll.js";
export { acquireWindowLock, type Release } from "./window-lock.js";
