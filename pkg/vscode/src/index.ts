/**
 * CoStrict credits in an extension of VS Code and of hosts like it, desktop, remote and web.
 *
 * ```ts
 * import { createCredits } from "costrict-credit/vscode";
 *
 * export function activate(context: vscode.ExtensionContext) {
 *   const credits = createCredits(context);
 *   // before and after a request of the extension:
 *   const spend = (await credits.client()).begin({ model: "GLM-4.6", text: prompt, identity: "user" });
 *   credits.recordTurnEnd();
 * }
 * ```
 *
 * `createCredits` gives everything: status bar item, panel, sign-in, notices, tools, commands. The manifest decides what the
 * editor offers of it; a setting, command, view or tool that it does not declare is left out or has a default. Each piece is
 * exported alone, too: a `Credits` with a `Tokens`, a `SharedStore`, `Settings` and `Assets` is the client of a window, and
 * `StatusBar`, `PanelViews`, `PanelLink`, `Notices` and `toolText` show it.
 *
 * The files of the package's folder `vscode/dist/assets` have to be in the extension, see `CreditsOptions.assets`.
 *
 * @module costrict-credit/vscode
 */

import type { ExtensionContext } from "vscode";

import type { CreditsHandle } from "./handle.js";
import type { CreditsOptions } from "./options.js";
import { type LoadExtension, registerCredits } from "./register.js";

export { AccountProvider, type SignInActions } from "./account-provider.js";
export { Assets } from "./assets.js";
export { exportHistory } from "./commands/export.js";
export { chooseModel, compareModels, selectedText } from "./commands/models.js";
export { offerRaise, type PassedLimit } from "./commands/raise-cap.js";
export { giveVoucher, redeemVoucher } from "./commands/vouchers.js";
export { confirmGive } from "./confirm.js";
export { COMMAND_NAMES, type CommandName, Contributions, TOOL_NAMES, type ToolName } from "./contributions.js";
export { asSettingError, Credits, type CreditsParts, type CurrentTask } from "./credits.js";
export type { Extension } from "./extension.js";
export { FolderStore } from "./folder-store.js";
export type { CreditsHandle, PanelActions } from "./handle.js";
export { type Level, Log, redact } from "./log.js";
export { Notices } from "./notices.js";
export type { CreditsOptions, HostFeatures } from "./options.js";
export { EditorPanelHost, type SendPrompt } from "./panel-host.js";
export { PanelLink, type PanelLinkOptions } from "./panel-link.js";
export {
  clientForCommand,
  clientWithReading,
  panelSection,
  type SectionOf,
  SignedOut,
  withProgress,
} from "./panel-section.js";
export { PanelViews, type PanelViewsOptions } from "./panel-views.js";
export { type PluginSignInFile, PluginSignInSource } from "./plugin-sign-in.js";
export { type LoadExtension, registerCredits } from "./register.js";
export {
  type ChangeableSetting,
  type PluginSignInConsent,
  Settings,
  type SettingsChange,
  type SettingValues,
  type StatusBarForm,
} from "./settings.js";
export { showVoucher } from "./show-voucher.js";
export { SignIn } from "./sign-in.js";
export { SignInSync } from "./sign-in-sync.js";
export { StatusBar } from "./status-bar.js";
export { escapeMarkdown, escapeMarkup } from "./strings.js";
export { TaskStatus } from "./task-status.js";
export { TokenRenewal } from "./token-renewal.js";
export { type SharedSource, TokenStore } from "./token-store.js";
export type { ExtensionTokens, Tokens } from "./tokens.js";
export { type ToolInput, toolText } from "./tools.js";

/** The code of the pieces, for `registerCredits`. */
export const loadExtension: LoadExtension = () => import("./extension.js");

/** Credits for this extension; ends with it. Call it once, in `activate`. */
export function createCredits(context: ExtensionContext, options: CreditsOptions = {}): CreditsHandle {
  return registerCredits(context, options, loadExtension);
}
