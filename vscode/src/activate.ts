/**
 * What both extension hosts do when the editor starts: register, and nothing else. Everything that does something is in
 * parts.ts, which is loaded when one of these is first used, or when there is a signed-in account with a number to show.
 */

import type { Account, CreditClient } from "costrict-credit";
import {
  type CancellationToken, commands, type Disposable, EventEmitter, type ExtensionContext, type LanguageModelToolInvocationOptions,
  lm, StatusBarAlignment, type StatusBarItem, type Uri, type WebviewPanel, type WebviewView, window, workspace,
} from "vscode";

import type { CreditsApi } from "../api.js";
import { TokenPlace } from "./host/token.js";
import type { Store } from "./host/store.js";
import { readTitles, title } from "./own-words.js";
import type { Parts } from "./parts.js";

export const ICON = "$(credit-card)";
export const VIEW = "costrictCredit.account";
export const TAB = "costrictCredit.panel";
const SECTION = "costrictCredit";
/** For the manifest: there is nothing to sign out of. */
const SIGNED_OUT = "costrictCredit.signedOut";

/** What is registered once and handed to the parts. */
export interface Shell {
  readonly statusItem: StatusBarItem;
  readonly tokens: TokenPlace;
  readonly changed: EventEmitter<Account>;
  readonly replaced: EventEmitter<void>;
  /** A storage that this host has and the other one has not, for the folder that all windows of the user share. */
  readonly openStore: (folder: Uri) => Store | undefined;
}

/** Loads the code of the parts. */
export type LoadParts = () => Promise<typeof import("./parts.js")>;

export function activateIn(context: ExtensionContext, openStore: Shell["openStore"], load: LoadParts): CreditsApi {
  readTitles(context);
  const statusItem = window.createStatusBarItem("balance", StatusBarAlignment.Right, 100);
  // By this name the editor offers to hide it.
  statusItem.name = context.extension.packageJSON.displayName as string;
  const shell: Shell = {
    statusItem,
    tokens: new TokenPlace(context.secrets),
    changed: new EventEmitter(),
    replaced: new EventEmitter(),
    openStore,
  };
  let loaded: Promise<Parts> | undefined;
  const parts = () =>
    (loaded ??= load()
      .then(({ Parts }) => new Parts(context, shell))
      .catch((cause: unknown) => {
        // A file that could not be read now may be there when it is asked for again.
        loaded = undefined;
        throw cause;
      }));
  const command = (name: string, run: () => unknown = async () => (await parts()).run(name)) => commands.registerCommand(name, run);
  const tool = (name: string) =>
    lm.registerTool<object>(name, {
      invoke: async ({ input }: LanguageModelToolInvocationOptions<object>, cancelled: CancellationToken) => (await parts()).tool(name, input, cancelled),
    });
  /** Signed in, there is a number to show; for everybody else nothing is loaded. */
  const wake = async () => {
    // Secrets that cannot be read are a case for the parts, too: they say so.
    const signedOut = await shell.tokens.get().then((token) => token === undefined, () => false);
    void commands.executeCommand("setContext", SIGNED_OUT, signedOut);
    // Parts that cannot be loaded are missed, and told of, when something is asked of them.
    if (!signedOut) await parts().catch(() => {});
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
    window.registerWebviewViewProvider(VIEW, { resolveWebviewView: async (view: WebviewView) => (await parts()).show(view) }),
    window.registerWebviewPanelSerializer(TAB, { deserializeWebviewPanel: async (tab: WebviewPanel) => (await parts()).adopt(tab) }),
    window.registerUriHandler({ handleUri: async (uri: Uri) => (await parts()).handleUri(uri) }),
    shell.tokens.onDidChange(() => void wake()),
    afterwards(() => {
      showSignedOut(statusItem);
      void wake();
    }),
    workspace.onDidChangeConfiguration((event) => {
      if (loaded === undefined && event.affectsConfiguration(SECTION)) showSignedOut(statusItem);
    }),
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
  if (workspace.getConfiguration(SECTION).get("statusBar") === "hidden") return item.hide();
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
