/** Everything of the extension that does something, made when the first of it is needed. */

import type { CreditClient } from "costrict-credit";
import {
  type CancellationToken,
  commands,
  type Disposable,
  type ExtensionContext,
  type LanguageModelToolResult,
  Uri,
  type WebviewPanel,
  type WebviewView,
  window,
} from "vscode";

import type { Registrations } from "./activate.js";
import { askModel } from "./commands/ask.js";
import { exportHistory } from "./commands/export.js";
import { chooseModel, compareModels } from "./commands/models.js";
import { giveVoucher, redeemVoucher } from "./commands/vouchers.js";
import { asSettingError, Credits } from "./credits.js";
import { FolderStore } from "./host/folder-store.js";
import type { Store } from "./host/store.js";
import { Log } from "./log.js";
import { Notices } from "./notices.js";
import { requireAccount, SignedOut, withProgress } from "./panel-section.js";
import { PanelViews } from "./panel-views.js";
import type { PluginSignInSource } from "./plugin-sign-in.js";
import { SignIn } from "./sign-in.js";
import { SignInSync } from "./sign-in-sync.js";
import { StatusBar } from "./status-bar.js";
import { commandTitle, escapeMarkup, loadCommandTitles } from "./strings.js";
import { TokenRenewal } from "./token-renewal.js";
import { answerTool } from "./tools.js";

export class Extension implements Disposable {
  readonly #log: Log;
  readonly #credits: Credits;
  readonly #signIn: SignIn;
  readonly #statusBar: StatusBar;
  readonly #account: PanelViews;
  readonly #disposables: Disposable[];
  /** What a command does, by its name. */
  readonly #commands: Record<string, () => unknown>;

  constructor(context: ExtensionContext, shell: Registrations) {
    // This file and the one that registers are bundled apart in the Node host: each has its own.
    loadCommandTitles(context);
    const folder = Uri.joinPath(context.globalStorageUri, "account");
    this.#log = new Log(context.extension.packageJSON.displayName as string);
    for (const message of shell.messages.splice(0)) this.warn(message);
    const warn = (message: string) => this.warn(message);
    const store = shell.openStore(folder, warn) ?? new FolderStore(folder, warn);
    const credits = new Credits(context, shell.tokens, store, this.#log);
    this.#credits = credits;
    this.#signIn = new SignIn(context, credits, shell.tokens, shell.shared, this.#log);
    this.#statusBar = new StatusBar(credits, shell.statusItem);
    this.#account = new PanelViews(context, credits);
    this.#disposables = [
      this.#log.channel,
      credits,
      this.#statusBar,
      this.#signIn,
      this.#account,
      new TokenRenewal(credits, shell.tokens, store, this.#log),
      new Notices(credits, this.#log),
      new SignInSync(shell.tokens, store, this.#log),
      credits.onDidChange((account) => shell.changed.fire(account)),
      credits.onDidReplace(() => shell.replaced.fire()),
    ];
    this.#commands = {
      "costrictCredit.openPanel": () => this.#account.openTab(),
      "costrictCredit.refresh": () => this.#refresh(),
      "costrictCredit.compareModels": () => compareModels(credits),
      "costrictCredit.chooseModel": () => chooseModel(credits),
      "costrictCredit.askModel": () => askModel(credits),
      "costrictCredit.exportHistory": () => exportHistory(credits),
      "costrictCredit.giveVoucher": () => giveVoucher(credits),
      "costrictCredit.redeemVoucher": () => redeemVoucher(credits),
      "costrictCredit.toggleMask": () => credits.settings.change("masked", !credits.settings.masked),
      "costrictCredit.signIn": () => this.#signIn.start(),
      "costrictCredit.signOut": () => this.#signIn.signOut(),
      "costrictCredit.showLog": () => this.#log.channel.show(),
    };
    const { shared } = shell;
    if (shared !== undefined)
      this.#disposables.push(shared.onDidChange(() => void this.#offerPluginSignIn(shared, store)));
    this.#statusBar.show();
    // Whatever loaded this module: a signed-in user sees the balance from now on.
    void this.#start();
    if (shared !== undefined) void this.#offerPluginSignIn(shared, store);
  }

  warn(message: string): void {
    this.#log.write("warn", message);
  }

  /** The user is signed out here, and CoStrict's plugin is not. */
  async #offerPluginSignIn(shared: PluginSignInSource, store: Store): Promise<void> {
    const { server } = this.#credits;
    if (server === undefined) return;
    try {
      if (!(await this.#credits.isSignedIn())) await shared.askOnce(server, store);
    } catch (cause) {
      this.#log.failed("offering the sign-in of CoStrict's plugin", cause);
    }
  }

  /** Creates the client if signed in; the status bar shows why it cannot. */
  async #start(): Promise<void> {
    try {
      if (await this.#credits.isSignedIn()) await this.#credits.client();
    } catch (cause) {
      this.#log.failed("starting", cause);
      this.#statusBar.showFailure(cause);
    }
  }

  client(): Promise<CreditClient> {
    return this.#credits.client();
  }

  /** Shows a command's failure, with the core's message for an invalid setting. */
  async run(name: string): Promise<void> {
    try {
      await this.#commands[name]?.();
    } catch (cause) {
      if (cause instanceof SignedOut) return this.#offerSignIn(cause.message);
      this.#log.failed(name, cause);
      if (asSettingError(cause) !== undefined) this.#statusBar.showFailure(cause);
      void window.showErrorMessage(
        escapeMarkup(`${commandTitle(name)}: ${cause instanceof Error ? cause.message : String(cause)}`),
      );
    }
  }

  async #refresh(): Promise<void> {
    await withProgress("costrictCredit.refresh", this.#credits.refresh("manual"));
    requireAccount(this.#credits, await this.#credits.client());
  }

  async #offerSignIn(reason: string): Promise<void> {
    const signIn = commandTitle("costrictCredit.signIn");
    if ((await window.showInformationMessage(reason, signIn)) === signIn)
      await commands.executeCommand("costrictCredit.signIn");
  }

  /** For the editor's Accounts menu, which shows a failure itself. */
  signIn(): Promise<void> {
    return this.#signIn.start();
  }

  signOut(): Promise<void> {
    return this.#signIn.signOut();
  }

  tool(name: string, input: object, cancelled: CancellationToken): Promise<LanguageModelToolResult> {
    return answerTool(this.#credits, name, input, cancelled);
  }

  attachView(view: WebviewView): void {
    this.#account.show(view);
  }

  attachTab(tab: WebviewPanel): void {
    this.#account.adopt(tab);
  }

  handleUri(uri: Uri): void {
    this.#signIn.handleCallback(uri);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
