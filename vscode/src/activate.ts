/**
 * What both extension hosts do when the editor starts: register, and nothing else. Everything that does something is in
 * parts.ts, which is loaded when one of these is first used, or when there is a signed-in account with a number to show.
 */

import type { Account, CreditClient } from "costrict-credit";
import {
  type CancellationToken,
  commands,
  type Disposable,
  EventEmitter,
  type ExtensionContext,
  type LanguageModelToolInvocationOptions,
  lm,
  StatusBarAlignment,
  type StatusBarItem,
  type Uri,
  type WebviewPanel,
  type WebviewView,
  window,
  workspace,
} from "vscode";

import type { CreditsApi } from "../api.js";
import type { SharedSignInFile } from "./host/shared-sign-in.js";
import type { Store } from "./host/store.js";
import { TokenPlace } from "./host/token.js";
import type { Log } from "./host/watch-or-poll.js";
import { readTitles, title } from "./own-words.js";
import type { Parts } from "./parts.js";
import { Settings } from "./settings.js";
import { SharedSignIn } from "./shared-sign-in.js";

export const ICON = "$(credit-card)";
export const VIEW = "costrictCredit.account";
export const TAB = "costrictCredit.panel";
const SECTION = "costrictCredit";
/** For the manifest: there is nothing to sign out of. */
const SIGNED_OUT = "costrictCredit.signedOut";

/** What one extension host has and the other one has not. */
export interface HostAbilities {
  /** A storage of its own, for the folder that all windows of the user share. */
  readonly openStore: (folder: Uri, log: Log) => Store | undefined;
  /** The sign-in of CoStrict's plugin on this machine. */
  readonly openSharedSignIn: (log: Log) => SharedSignInFile | undefined;
}

/** What is registered once and handed to the parts. */
export interface Shell {
  readonly statusItem: StatusBarItem;
  readonly tokens: TokenPlace;
  readonly shared: SharedSignIn | undefined;
  readonly changed: EventEmitter<Account>;
  readonly replaced: EventEmitter<void>;
  readonly openStore: HostAbilities["openStore"];
  /** For the log, from before there is one. */
  readonly messages: string[];
}

/** Loads the code of the parts. */
export type LoadParts = () => Promise<typeof import("./parts.js")>;

export function activateIn(context: ExtensionContext, host: HostAbilities, load: LoadParts): CreditsApi {
  readTitles(context);
  const statusItem = window.createStatusBarItem("balance", StatusBarAlignment.Right, 100);
  // By this name the editor offers to hide it.
  statusItem.name = context.extension.packageJSON.displayName as string;
  let loaded: Promise<Parts> | undefined;
  const messages: string[] = [];
  const log: Log = (message) => {
    if (loaded === undefined) messages.push(message);
    else
      void loaded.then(
        (made) => made.warn(message),
        () => messages.push(message),
      );
  };
  const settings = new Settings();
  const file = host.openSharedSignIn(log);
  const shared = file === undefined ? undefined : new SharedSignIn(file, context.globalState);
  const tokens = new TokenPlace(context.secrets, () => settings.server, shared);
  const shell: Shell = {
    statusItem,
    tokens,
    shared,
    changed: new EventEmitter(),
    replaced: new EventEmitter(),
    openStore: host.openStore,
    messages,
  };
  const parts = () =>
    (loaded ??= load()
      .then(({ Parts }) => new Parts(context, shell))
      .catch((cause: unknown) => {
        // A file that could not be read now may be there when it is asked for again.
        loaded = undefined;
        throw cause;
      }));
  const command = (name: string, run: () => unknown = async () => (await parts()).run(name)) =>
    commands.registerCommand(name, run);
  const tool = (name: string) =>
    lm.registerTool<object>(name, {
      invoke: async ({ input }: LanguageModelToolInvocationOptions<object>, cancelled: CancellationToken) =>
        (await parts()).tool(name, input, cancelled),
    });
  /** Signed in, there is a number to show; for everybody else nothing is loaded. */
  const wake = async () => {
    // Secrets that cannot be read are a case for the parts, too: they say so.
    const signedOut = await shell.tokens.get().then(
      (token) => token === undefined,
      () => false,
    );
    void commands.executeCommand("setContext", SIGNED_OUT, signedOut);
    // The parts ask whether the sign-in of CoStrict's plugin may be used.
    const isNeeded = !signedOut || (await shared?.isOffered(settings.server)) === true;
    // Parts that cannot be loaded are missed when a command needs them, and it says so.
    if (isNeeded) await parts().catch(() => {});
  };

  context.subscriptions.push(
    statusItem,
    shell.changed,
    shell.replaced,
    // The panel loads the parts; the way to it needs none.
    command("costrictCredit.showAccount", () => commands.executeCommand(`${VIEW}.focus`)),
    command("costrictCredit.openPanel"),
    command("costrictCredit.refresh"),
    command("costrictCredit.compareModels"),
    command("costrictCredit.chooseModel"),
    command("costrictCredit.askModel"),
    command("costrictCredit.exportHistory"),
    command("costrictCredit.giveVoucher"),
    command("costrictCredit.redeemVoucher"),
    command("costrictCredit.toggleMask"),
    command("costrictCredit.signIn"),
    command("costrictCredit.signOut"),
    command("costrictCredit.showLog"),
    tool("costrict_credits_status"),
    tool("costrict_credits_estimate"),
    tool("costrict_credits_forecast"),
    window.registerWebviewViewProvider(VIEW, {
      resolveWebviewView: async (view: WebviewView) => (await parts()).show(view),
    }),
    window.registerWebviewPanelSerializer(TAB, {
      deserializeWebviewPanel: async (tab: WebviewPanel) => (await parts()).adopt(tab),
    }),
    window.registerUriHandler({ handleUri: async (uri: Uri) => (await parts()).handleUri(uri) }),
    shell.tokens.onDidChange(() => void wake()),
    afterwards(() => {
      showSignedOut(statusItem);
      void wake();
    }),
    workspace.onDidChangeConfiguration((event) => {
      if (loaded === undefined && event.affectsConfiguration(SECTION)) showSignedOut(statusItem);
      if (event.affectsConfiguration(`${SECTION}.pluginSignIn`)) shared?.changed();
      // A token is for one server: at another one the user is signed out.
      if (event.affectsConfiguration(`${SECTION}.baseUrl`)) void wake();
    }),
    ...(shared === undefined ? [] : [shared, shared.onDidChange(() => void wake())]),
    { dispose: () => void loaded?.then((made) => made.dispose()) },
  );
  return {
    version: 1,
    client: async (): Promise<CreditClient> => (await parts()).client(),
    onDidChange: shell.changed.event,
    onDidReplace: shell.replaced.event,
  };
}

/** Before anything is known: an icon that leads to signing in. */
function showSignedOut(item: StatusBarItem): void {
  if (workspace.getConfiguration(SECTION).get("statusBar") === "hidden") {
    item.hide();
    return;
  }
  item.text = ICON;
  item.tooltip = title("costrictCredit.signIn");
  item.accessibilityInformation = { label: title("costrictCredit.signIn") };
  item.command = "costrictCredit.signIn";
  item.show();
}

/** Does something when the editor has what it waits for. */
function afterwards(work: () => void): Disposable {
  const timer = setTimeout(work);
  return { dispose: () => clearTimeout(timer) };
}
