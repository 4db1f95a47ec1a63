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

import type { Shell } from "./activate.js";
import { askModel } from "./commands/ask.js";
import { exportHistory } from "./commands/export.js";
import { chooseModel, compareModels } from "./commands/models.js";
import { giveVoucher, redeemVoucher } from "./commands/vouchers.js";
import { Credits, wrongSetting } from "./credits.js";
import { FolderStore } from "./host/folder-store.js";
import type { Store } from "./host/store.js";
import { Log } from "./log.js";
import { Notices } from "./notices.js";
import { OtherWindows } from "./other-windows.js";
import { plain, readTitles, title } from "./own-words.js";
import { AccountView } from "./panel.js";
import { Renewal } from "./renewal.js";
import { needsAccount, SignedOut, waiting } from "./sections.js";
import type { SharedSignIn } from "./shared-sign-in.js";
import { SignIn } from "./sign-in.js";
import { StatusBar } from "./status-bar.js";
import { answerTool } from "./tools.js";

export class Parts implements Disposable {
  readonly #log: Log;
  readonly #credits: Credits;
  readonly #signIn: SignIn;
  readonly #statusBar: StatusBar;
  readonly #account: AccountView;
  readonly #disposables: Disposable[];
  /** What a command does, by its name. */
  readonly #commands: Record<string, () => unknown>;

  constructor(context: ExtensionContext, shell: Shell) {
    // This file and the one that registers are bundled apart in the Node host: each has its own.
    readTitles(context);
    const folder = Uri.joinPath(context.globalStorageUri, "account");
    this.#log = new Log(context.extension.packageJSON.displayName as string);
    for (const message of shell.messages.splice(0)) this.warn(message);
    const warn = (message: string) => this.warn(message);
    const store = shell.openStore(folder, warn) ?? new FolderStore(folder, warn);
    const credits = new Credits(context, shell.tokens, store, this.#log);
    this.#credits = credits;
    this.#signIn = new SignIn(context, credits, shell.tokens, shell.shared, this.#log);
    this.#statusBar = new StatusBar(credits, shell.statusItem);
    this.#account = new AccountView(context, credits, this.#log);
    this.#disposables = [
      this.#log.channel,
      credits,
      this.#statusBar,
      this.#signIn,
      this.#account,
      new Renewal(credits, shell.tokens, store, this.#log),
      new Notices(credits, this.#log),
      new OtherWindows(shell.tokens, store, this.#log),
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
      "costrictCredit.signOut": () => this.#signIn.out(),
      "costrictCredit.showLog": () => this.#log.channel.show(),
    };
    const { shared } = shell;
    if (shared !== undefined) this.#disposables.push(shared.onDidChange(() => void this.#offerShared(shared, store)));
    this.#statusBar.show();
    // Whatever was needed first: somebody who is signed in sees the number from now on.
    void this.#start();
    if (shared !== undefined) void this.#offerShared(shared, store);
  }

  warn(message: string): void {
    this.#log.write("warn", message);
  }

  /** The user is signed out here, and CoStrict's plugin is not. */
  async #offerShared(shared: SharedSignIn, store: Store): Promise<void> {
    const { server } = this.#credits;
    if (server === undefined) return;
    try {
      if (!(await this.#credits.isSignedIn())) await shared.askOnce(server, store);
    } catch (cause) {
      this.#log.failed("offering the sign-in of CoStrict's plugin", cause);
    }
  }

  /** Makes the client when somebody is signed in; the status bar says why it cannot. */
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

  /** A command that fails says so, in the core's words where it was a setting. */
  async run(name: string): Promise<void> {
    try {
      await this.#commands[name]?.();
    } catch (cause) {
      if (cause instanceof SignedOut) return this.#offerSignIn(cause.message);
      this.#log.failed(name, cause);
      if (wrongSetting(cause) !== undefined) this.#statusBar.showFailure(cause);
      void window.showErrorMessage(plain(`${title(name)}: ${cause instanceof Error ? cause.message : String(cause)}`));
    }
  }

  async #refresh(): Promise<void> {
    await waiting("costrictCredit.refresh", this.#credits.refresh("manual"));
    needsAccount(this.#credits, await this.#credits.client());
  }

  async #offerSignIn(reason: string): Promise<void> {
    const signIn = title("costrictCredit.signIn");
    if ((await window.showInformationMessage(reason, signIn)) === signIn)
      await commands.executeCommand("costrictCredit.signIn");
  }

  tool(name: string, input: object, cancelled: CancellationToken): Promise<LanguageModelToolResult> {
    return answerTool(this.#credits, name, input, cancelled);
  }

  show(view: WebviewView): void {
    this.#account.show(view);
  }

  adopt(tab: WebviewPanel): void {
    this.#account.adopt(tab);
  }

  handleUri(uri: Uri): void {
    this.#signIn.calledBack(uri);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
