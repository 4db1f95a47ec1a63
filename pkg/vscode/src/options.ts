/** What an extension may say about its credits. Everything has a default. */

import type { SharedStore, Warn } from "costrict-credit/panel-session";
import type { StatusBarAlignment, Uri } from "vscode";

import type { Credits } from "./credits.js";
import type { SendPrompt } from "./panel-host.js";
import type { PluginSignInFile } from "./plugin-sign-in.js";
import type { SettingValues } from "./settings.js";
import type { ExtensionTokens } from "./tokens.js";

/** What one extension host has and another one has not. */
export interface HostFeatures {
  /** A storage with locks for the folder that all windows of the user share; undefined where the host has none for it. */
  openStore(folder: Uri, warn: Warn): SharedStore | undefined;
  /** The storage of the account that all programs of the user share on this machine. Default: that of `openStore`. */
  openAccountStore?(warn: Warn): SharedStore | undefined;
  /** The sign-in of CoStrict's plugin on this machine. */
  openPluginSignIn(warn: Warn): PluginSignInFile | undefined;
}

export interface CreditsOptions {
  /** What commands, view, settings, context keys and secrets begin with, as the manifest declares them. Default "costrictCredit". */
  prefix?: string;
  /** What the names of the language model tools begin with. Default "costrict_credits". */
  toolPrefix?: string;
  /** The copy of the package's folder `vscode/dist/assets`. Default: `dist/costrict-credit` of the extension, or else the one in
   *  its `node_modules`. */
  assets?: Uri;
  /** Values for settings that the manifest does not declare, such as the server's address. `handle.configure` changes them. */
  settings?: SettingValues;
  /** The extension's own sign-in. The library then has no sign-in, no account provider, and renews nothing. */
  tokens?: ExtensionTokens;
  /** A storage that all windows of the user share. Default: for the account, files in the folder of `costrict-credit/node`, shared
   *  with terminals and other extensions; for the rest, and in a web worker, files in the extension's global storage. */
  store?: SharedStore;
  /** What the library takes from this host. Default: files and locks in Node, the editor's file system in a web worker. */
  host?: HostFeatures;
  /** False: no status bar item. */
  statusBar?: false | { alignment?: StatusBarAlignment; priority?: number };
  /** False: no notices, and none is marked as delivered. */
  notices?: false;
  /** False: the extension handles its addresses itself and gives those of a sign-in to `handle.handleUri`. */
  uriHandler?: false;
  /** Sends what the user wrote in the panel, for example to the extension's chat. Without it the panel estimates and has no
   *  Send button. */
  onSend?: SendPrompt;
  /** Of the panel as an editor tab. */
  tabIcon?: { light: Uri; dark: Uri };
  /** More commands, `<prefix>.<name>` each, with the same handling of failures and of a user who is signed out. */
  commands?: Readonly<Record<string, (credits: Credits) => unknown>>;
}
