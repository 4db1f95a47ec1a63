/** Everything of the extension that does something, made when the first of it is needed. */

import type { CreditClient } from "costrict-credit";
import { type Disposable, type ExtensionContext, type LanguageModelToolResult, Uri, type WebviewPanel, type WebviewView, window } from "vscode";

import type { Shell } from "./activate.js";
import { askModel } from "./commands/ask.js";
import { exportHistory } from "./commands/export.js";
import { chooseModel, compareModels } from "./commands/models.js";
import { giveVoucher, redeemVoucher } from "./commands/vouchers.js";
import { Credits, wrongSetting } from "./credits.js";
import { FolderStore } from "./host/folder-store.js";
import { Log } from "./log.js";
import { Notices } from "./notices.js";
import { OtherWindows } from "./other-windows.js";
import { readTitles, title } from "./own-words.js";
import { AccountView } from "./panel.js";
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
    const store = shell.openStore(folder) ?? new FolderStore(folder);
    this.#log = new Log(context.extension.packageJSON.displayName as string);
    const credits = new Credits(context, shell.tokens, store, this.#log);
    this.#credits = credits;
    this.#signIn = new SignIn(context, credits, shell.tokens, store, this.#log);
    this.#statusBar = new StatusBar(credits, shell.statusItem);
    this.#account = new AccountView(context, credits, this.#log);
    this.#disposables = [
      this.#log.channel,
      credits,
      this.#statusBar,
      this.#signIn,
      new Notices(credits, this.#log),
      new OtherWindows(shell.tokens, store, this.#log),
      credits.onDidChange((account) => shell.changed.fire(account)),
      credits.onDidReplace(() => shell.replaced.fire()),
    ];
    this.#commands = {
      "costrictCredit.openPanel": () => this.#account.openTab(),
      "costrictCredit.refresh": () => credits.refresh("manual"),
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
    this.#statusBar.show();
    // Whatever was needed first: somebody who is signed in sees the number from now on.
    void this.#start();
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
      this.#log.failed(name, cause);
      if (wrongSetting(cause) !== undefined) this.#statusBar.showFailure(cause);
      void window.showErrorMessage(`${title(name)}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  tool(name: string, input: object): Promise<LanguageModelToolResult> {
    return answerTool(this.#credits, name, input);
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
