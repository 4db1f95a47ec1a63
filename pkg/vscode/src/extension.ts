/** All pieces of one extension together, made when the first of them is needed. */

import type { Account, CreditClient, RefreshTrigger } from "costrict-credit";
import type { SessionPort, SharedStore } from "costrict-credit/panel-session";
import {
  type CancellationToken,
  type Disposable,
  type EventEmitter,
  type ExtensionContext,
  type StatusBarItem,
  Uri,
  type WebviewPanel,
  type WebviewView,
  window,
} from "vscode";
import { Assets } from "./assets.js";
import { exportHistory } from "./commands/export.js";
import { chooseModel, compareModels } from "./commands/models.js";
import { giveVoucher, redeemVoucher } from "./commands/vouchers.js";
import type { Contributions, ToolName } from "./contributions.js";
import { asSettingError, Credits, type CurrentTask } from "./credits.js";
import { FolderStore } from "./folder-store.js";
import { Log } from "./log.js";
import { Notices } from "./notices.js";
import type { CreditsOptions } from "./options.js";
import { PanelLink } from "./panel-link.js";
import { requireAccount, SignedOut, withProgress } from "./panel-section.js";
import { PanelViews } from "./panel-views.js";
import type { PluginSignInSource } from "./plugin-sign-in.js";
import type { Settings } from "./settings.js";
import { SignIn } from "./sign-in.js";
import { SignInSync } from "./sign-in-sync.js";
import { StatusBar } from "./status-bar.js";
import { escapeMarkup, messageOf } from "./strings.js";
import { TaskStatus } from "./task-status.js";
import { TokenRenewal } from "./token-renewal.js";
import type { TokenStore } from "./token-store.js";
import type { Tokens } from "./tokens.js";
import { toolText } from "./tools.js";

/** What is registered when the extension starts, before any piece is made. */
export interface Registrations {
  readonly contributions: Contributions;
  readonly settings: Settings;
  readonly options: CreditsOptions;
  readonly statusItem: StatusBarItem | undefined;
  readonly tokens: Tokens;
  /** The same tokens, where they are the library's own: those it signs in, renews and follows over windows. */
  readonly tokenStore: TokenStore | undefined;
  readonly shared: PluginSignInSource | undefined;
  readonly changed: EventEmitter<Account>;
  readonly replaced: EventEmitter<void>;
  /** For the log, from before there is one. */
  readonly messages: string[];
  /** Said before the pieces were made. */
  task?: CurrentTask | undefined;
}

export class Extension implements Disposable {
  readonly #log: Log;
  readonly #credits: Credits;
  readonly #options: CreditsOptions;
  /** Absent where the extension signs in itself. */
  readonly #signIn: SignIn | undefined;
  readonly #statusBar: StatusBar | undefined;
  readonly #panels: PanelViews;
  readonly #disposables: Disposable[];
  /** Resolves when the account of a signed-in user is open. */
  readonly started: Promise<void>;
  /** What a command does, by its name. */
  readonly #commands: Readonly<Record<string, () => unknown>>;

  constructor(context: ExtensionContext, shell: Registrations) {
    const { contributions, settings, options, shared } = shell;
    this.#options = options;
    this.#log = new Log(contributions.displayName);
    const warn = (message: string) => this.warn(message);
    for (const message of shell.messages.splice(0)) warn(message);
    const folder = Uri.joinPath(context.globalStorageUri, "account");
    // The account is the user's, in all editors and terminals of this machine. The sign-in is this extension's own.
    const files = options.store ?? options.host?.openStore(folder, warn);
    const ownStore = files ?? new FolderStore(folder, warn);
    const store = options.store ?? (files && options.host?.openAccountStore?.(warn)) ?? ownStore;
    const credits = new Credits({
      contributions,
      settings,
      store,
      tokens: shell.tokens,
      assets: new Assets(context, options.assets),
      log: this.#log,
    });
    this.#credits = credits;
    credits.task = shell.task;
    this.#statusBar = shell.statusItem === undefined ? undefined : new StatusBar(credits, shell.statusItem);
    this.#panels = new PanelViews(credits, options);
    this.#disposables = [
      this.#log.channel,
      credits,
      ...(this.#statusBar === undefined ? [] : [this.#statusBar]),
      this.#panels,
      ...(options.statusBar === false ? [] : [new TaskStatus(credits, options.statusBar)]),
      ...(options.notices === false ? [] : [new Notices(credits, this.#log)]),
      credits.onDidChange((account) => shell.changed.fire(account)),
      credits.onDidReplace(() => shell.replaced.fire()),
    ];
    const { tokenStore } = shell;
    if (tokenStore !== undefined) {
      this.#signIn = new SignIn(context, credits, tokenStore, shared, this.#log);
      this.#disposables.push(
        this.#signIn,
        new TokenRenewal(credits, tokenStore, ownStore, this.#log),
        new SignInSync(tokenStore, ownStore, this.#log),
      );
    }
    this.#commands = this.#commandsOf(credits);
    if (shared !== undefined)
      this.#disposables.push(shared.onDidChange(() => void this.#offerPluginSignIn(shared, ownStore)));
    this.#statusBar?.show();
    // Whatever loaded this module: a signed-in user sees the balance from now on.
    this.started = this.#start();
    if (shared !== undefined) void this.#offerPluginSignIn(shared, ownStore);
  }

  get credits(): Credits {
    return this.#credits;
  }

  warn(message: string): void {
    this.#log.write("warn", message);
  }

  #commandsOf(credits: Credits): Record<string, () => unknown> {
    const own = Object.entries(this.#options.commands ?? {}).map(([name, run]) => [name, () => run(credits)] as const);
    return {
      showAccount: () => this.#panels.openTab(),
      openPanel: () => this.#panels.openTab(),
      refresh: () => this.#refresh(),
      compareModels: () => compareModels(credits),
      chooseModel: () => chooseModel(credits),
      exportHistory: () => exportHistory(credits),
      giveVoucher: () => giveVoucher(credits),
      redeemVoucher: () => redeemVoucher(credits),
      toggleMask: () => credits.settings.change("masked", !credits.settings.masked),
      signIn: () => this.signIn(),
      signOut: () => this.signOut(),
      showLog: () => this.#log.channel.show(),
      ...Object.fromEntries(own),
    };
  }

  /** The user is signed out here, and CoStrict's plugin is not. */
  async #offerPluginSignIn(shared: PluginSignInSource, store: SharedStore): Promise<void> {
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
      this.#statusBar?.showFailure(cause);
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
      if (asSettingError(cause) !== undefined) this.#statusBar?.showFailure(cause);
      const title = this.#credits.contributions.title(name);
      void window.showErrorMessage(escapeMarkup(`${title}: ${messageOf(cause)}`));
    }
  }

  refresh(trigger: RefreshTrigger): Promise<void> {
    return this.#credits.refresh(trigger);
  }

  async #refresh(): Promise<void> {
    await withProgress(this.#credits, "refresh", this.#credits.refresh("manual"));
    requireAccount(this.#credits, await this.#credits.client());
  }

  async #offerSignIn(reason: string): Promise<void> {
    const { contributions } = this.#credits;
    const signIn = contributions.title("signIn");
    if ((await window.showInformationMessage(reason, signIn)) === signIn) await contributions.run("signIn");
  }

  /** Rejects where it fails: commands and the editor's Accounts menu show that. */
  async signIn(): Promise<void> {
    await (this.#signIn?.start() ?? this.#options.tokens?.signIn());
  }

  async signOut(): Promise<void> {
    await (this.#signIn?.signOut() ?? this.#credits.signOut());
  }

  tool(name: ToolName, input: object, cancelled: CancellationToken): Promise<string> {
    return toolText(this.#credits, name, input, cancelled);
  }

  attachView(view: WebviewView): Promise<void> {
    return this.#panels.show(view);
  }

  attachTab(tab: WebviewPanel): Promise<void> {
    return this.#panels.attach(tab);
  }

  connectPanel(port: SessionPort): PanelLink {
    return new PanelLink(this.#credits, port, { onSend: this.#options.onSend });
  }

  handleUri(uri: Uri): void {
    this.#signIn?.handleCallback(uri);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
