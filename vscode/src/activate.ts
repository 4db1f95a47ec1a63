/**
 * What both extension hosts do when the editor starts: register, and nothing else. Everything that does something is in
 * parts.ts, which is loaded when one of these is first used, or when there is a signed-in account with a number to show.
 */

import type { Account, CreditClient } from "costrict-credit";
import {
  authentication,
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
import { AccountProvider, PROVIDER_ID, PROVIDER_LABEL } from "./account-provider.js";
import type { Extension } from "./extension.js";
import type { SharedSignInFile } from "./host/plugin-sign-in-file.js";
import type { Store } from "./host/store.js";
import { TokenStore } from "./host/token-store.js";
import type { Log } from "./host/watch-or-poll.js";
import { ICON, SECTION, SIGNED_IN, SIGNED_OUT, TAB, VIEW } from "./ids.js";
import { PluginSignInSource } from "./plugin-sign-in.js";
import { Settings } from "./settings.js";
import { commandTitle, loadCommandTitles } from "./strings.js";

/** What one extension host has and the other one has not. */
export interface HostFeatures {
  /** A storage of its own, for the folder that all windows of the user share. */
  readonly openStore: (folder: Uri, log: Log) => Store | undefined;
  /** The sign-in of CoStrict's plugin on this machine. */
  readonly openSharedSignIn: (log: Log) => SharedSignInFile | undefined;
}

/** What is registered once and handed to the parts. */
export interface Registrations {
  readonly statusItem: StatusBarItem;
  readonly tokens: TokenStore;
  readonly shared: PluginSignInSource | undefined;
  readonly changed: EventEmitter<Account>;
  readonly replaced: EventEmitter<void>;
  readonly openStore: HostFeatures["openStore"];
  /** For the log, from before there is one. */
  readonly messages: string[];
}

/** Loads the code of the parts. */
export type LoadExtension = () => Promise<typeof import("./extension.js")>;

export function activateIn(context: ExtensionContext, host: HostFeatures, load: LoadExtension): CreditsApi {
  loadCommandTitles(context);
  const statusItem = window.createStatusBarItem("balance", StatusBarAlignment.Right, 100);
  // By this name the editor offers to hide it.
  statusItem.name = context.extension.packageJSON.displayName as string;
  let loaded: Promise<Extension> | undefined;
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
  const shared = file === undefined ? undefined : new PluginSignInSource(file, context.globalState);
  const tokens = new TokenStore(context.secrets, () => settings.server, shared);
  const registrations: Registrations = {
    statusItem,
    tokens,
    shared,
    changed: new EventEmitter(),
    replaced: new EventEmitter(),
    openStore: host.openStore,
    messages,
  };
  const extension = () =>
    (loaded ??= load()
      .then(({ Extension }) => new Extension(context, registrations))
      .catch((cause: unknown) => {
        // Loading may succeed the next time.
        loaded = undefined;
        throw cause;
      }));
  const command = (name: string, run: () => unknown = async () => (await extension()).run(name)) =>
    commands.registerCommand(name, run);
  const tool = (name: string) =>
    lm.registerTool<object>(name, {
      invoke: async ({ input }: LanguageModelToolInvocationOptions<object>, cancelled: CancellationToken) =>
        (await extension()).tool(name, input, cancelled),
    });
  /** Signed in, there is a number to show; for everybody else nothing is loaded. */
  const startIfSignedIn = async () => {
    // Unreadable secrets load the extension too, which reports them.
    const signedOut = await registrations.tokens.get().then(
      (token) => token === undefined,
      () => false,
    );
    void commands.executeCommand("setContext", SIGNED_OUT, signedOut);
    void commands.executeCommand("setContext", SIGNED_IN, !signedOut);
    // The extension asks for consent to use the sign-in of CoStrict's plugin.
    const isNeeded = !signedOut || (await shared?.isOffered(settings.server)) === true;
    // A failure to load is reported when a command needs the extension.
    if (isNeeded) await extension().catch(() => {});
  };

  const account = new AccountProvider(tokens, extension);

  context.subscriptions.push(
    statusItem,
    account,
    authentication.registerAuthenticationProvider(PROVIDER_ID, PROVIDER_LABEL, account, {
      supportsMultipleAccounts: false,
    }),
    registrations.changed,
    registrations.replaced,
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
      resolveWebviewView: async (view: WebviewView) => (await extension()).attachView(view),
    }),
    window.registerWebviewPanelSerializer(TAB, {
      deserializeWebviewPanel: async (tab: WebviewPanel) => (await extension()).attachTab(tab),
    }),
    window.registerUriHandler({ handleUri: async (uri: Uri) => (await extension()).handleUri(uri) }),
    registrations.tokens.onDidChange(() => void startIfSignedIn()),
    defer(() => {
      showSignedOut(statusItem);
      void startIfSignedIn();
    }),
    workspace.onDidChangeConfiguration((event) => {
      if (loaded === undefined && event.affectsConfiguration(SECTION)) showSignedOut(statusItem);
      if (event.affectsConfiguration(`${SECTION}.pluginSignIn`)) shared?.changed();
      // A token is for one server: at another one the user is signed out.
      if (event.affectsConfiguration(`${SECTION}.baseUrl`)) {
        void startIfSignedIn();
        account.update();
      }
    }),
    ...(shared === undefined ? [] : [shared, shared.onDidChange(() => void startIfSignedIn())]),
    { dispose: () => void loaded?.then((made) => made.dispose()) },
  );
  return {
    version: 1,
    client: async (): Promise<CreditClient> => (await extension()).client(),
    onDidChange: registrations.changed.event,
    onDidReplace: registrations.replaced.event,
  };
}

/** Before anything is known: an icon that leads to signing in. */
function showSignedOut(item: StatusBarItem): void {
  if (workspace.getConfiguration(SECTION).get("statusBar") === "hidden") {
    item.hide();
    return;
  }
  item.text = ICON;
  item.tooltip = commandTitle("costrictCredit.signIn");
  item.accessibilityInformation = { label: commandTitle("costrictCredit.signIn") };
  item.command = "costrictCredit.signIn";
  item.show();
}

/** Does something when the editor has what it waits for. */
function defer(work: () => void): Disposable {
  const timer = setTimeout(work);
  return { dispose: () => clearTimeout(timer) };
}
