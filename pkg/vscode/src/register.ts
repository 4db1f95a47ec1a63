/**
 * What happens when the editor starts: registering, and nothing else. The pieces that do something are in extension.ts, which is
 * loaded when one of them is first used, or when there is a signed-in account with a number to show.
 */

import type { Account } from "costrict-credit";
import type { SessionPort, Warn } from "costrict-credit/panel-session";
import {
  authentication,
  type CancellationToken,
  commands,
  type Disposable,
  EventEmitter,
  type ExtensionContext,
  LanguageModelTextPart,
  LanguageModelToolResult,
  lm,
  StatusBarAlignment,
  type StatusBarItem,
  type Uri,
  type WebviewPanel,
  type WebviewView,
  window,
} from "vscode";

import { AccountProvider } from "./account-provider.js";
import { COMMAND_NAMES, Contributions, ICON, TOOL_NAMES, type ToolName } from "./contributions.js";
import type { CurrentTask } from "./credits.js";
import type { Extension, Registrations } from "./extension.js";
import type { CreditsHandle } from "./handle.js";
import type { CreditsOptions } from "./options.js";
import { PluginSignInSource } from "./plugin-sign-in.js";
import { Settings } from "./settings.js";
import { TokenStore } from "./token-store.js";

/** Loads the code of the pieces. */
export type LoadExtension = () => Promise<typeof import("./extension.js")>;

/**
 * `createCredits` for an extension that loads the pieces from a file of its own, so that the editor's start does not read them.
 *
 * @param load resolves with what `loadExtension` of this package gives
 */
export function registerCredits(
  context: ExtensionContext,
  options: CreditsOptions,
  load: LoadExtension,
): CreditsHandle {
  const registered = new RegisteredCredits(context, options, load);
  context.subscriptions.push(registered);
  return registered;
}

class RegisteredCredits implements CreditsHandle {
  readonly #context: ExtensionContext;
  readonly #load: LoadExtension;
  readonly #contributions: Contributions;
  readonly #settings: Settings;
  readonly #shell: Registrations;
  readonly #accountProvider: AccountProvider | undefined;
  readonly #disposables: Disposable[] = [];
  /** For the log, from before there is one. */
  readonly #messages: string[] = [];
  #loading: Promise<Extension> | undefined;
  #loaded: Extension | undefined;

  readonly ready: Promise<void>;
  readonly statusBar: StatusBarItem | undefined;
  readonly panel = {
    open: async () => (await this.#extension()).run("openPanel"),
    show: () => this.#showAccount(),
    connect: async (port: SessionPort) => (await this.#extension()).connectPanel(port),
  };

  constructor(context: ExtensionContext, options: CreditsOptions, load: LoadExtension) {
    this.#context = context;
    this.#load = load;
    this.#contributions = new Contributions(context, options.prefix, options.toolPrefix);
    this.#settings = new Settings(this.#contributions.prefix, options.settings, context.globalState);
    this.statusBar = options.statusBar === false ? undefined : createStatusItem(this.#contributions, options.statusBar);
    const shared = options.tokens === undefined ? this.#openPluginSignIn(options) : undefined;
    const tokenStore =
      options.tokens === undefined
        ? new TokenStore(context.secrets, () => this.#settings.server, shared, this.#contributions.secret)
        : undefined;
    this.#shell = {
      contributions: this.#contributions,
      settings: this.#settings,
      options,
      statusItem: this.statusBar,
      tokens: options.tokens ?? (tokenStore as TokenStore),
      tokenStore,
      shared,
      changed: new EventEmitter(),
      replaced: new EventEmitter(),
      messages: this.#messages,
    };
    this.#accountProvider = this.#createAccountProvider(tokenStore);
    this.#registerCommands(options);
    this.#registerTools();
    this.#registerPanels();
    this.ready = new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#showSignedOut();
        void this.#startIfSignedIn().then(resolve);
      });
      this.#disposables.push({ dispose: () => clearTimeout(timer) });
    });
    this.#listen(options);
  }

  get onDidChange() {
    return this.#shell.changed.event;
  }

  get onDidReplace() {
    return this.#shell.replaced.event;
  }

  get account(): Account | undefined {
    return this.#loaded?.credits.loaded?.account();
  }

  async client() {
    return (await this.#extension()).client();
  }

  async credits() {
    return (await this.#extension()).credits;
  }

  async refresh(trigger: Parameters<CreditsHandle["refresh"]>[0]): Promise<void> {
    await (await this.#extension()).refresh(trigger);
  }

  setTask(task: CurrentTask | undefined): void {
    this.#shell.task = task;
    const credits = this.#loaded?.credits;
    if (credits !== undefined) credits.task = task;
  }

  recordTurnEnd(): void {
    this.#loaded?.credits.recordTurnEnd();
  }

  configure(settings: Parameters<CreditsHandle["configure"]>[0]): void {
    this.#settings.configure(settings);
  }

  async signIn(): Promise<void> {
    await (await this.#extension()).signIn();
  }

  async signOut(): Promise<void> {
    await (await this.#extension()).signOut();
  }

  async handleUri(uri: Uri): Promise<void> {
    (await this.#extension()).handleUri(uri);
  }

  dispose(): void {
    for (const disposable of this.#disposables.splice(0)) disposable.dispose();
    void this.#loading?.then(
      (extension) => extension.dispose(),
      () => {},
    );
  }

  #extension(): Promise<Extension> {
    this.#loading ??= this.#load()
      .then(({ Extension }) => {
        this.#loaded = new Extension(this.#context, this.#shell);
        return this.#loaded;
      })
      .catch((cause: unknown) => {
        // Loading may succeed the next time.
        this.#loading = undefined;
        throw cause;
      });
    return this.#loading;
  }

  readonly #warn: Warn = (message) => {
    if (this.#loading === undefined) this.#messages.push(message);
    else
      void this.#loading.then(
        (extension) => extension.warn(message),
        () => this.#messages.push(message),
      );
  };

  #openPluginSignIn({ host }: CreditsOptions): PluginSignInSource | undefined {
    const file = host?.openPluginSignIn(this.#warn);
    return file === undefined ? undefined : new PluginSignInSource(file, this.#context.globalState, this.#settings);
  }

  /** Only where the manifest declares one, since the editor warns of any other, and where the host has accounts. */
  #createAccountProvider(tokens: TokenStore | undefined): AccountProvider | undefined {
    const label = this.#contributions.accountLabel;
    if (tokens === undefined || label === undefined || authentication === undefined) return undefined;
    const account = new AccountProvider(tokens, () => this.#extension(), label);
    const options = { supportsMultipleAccounts: false };
    this.#disposables.push(
      account,
      authentication.registerAuthenticationProvider(this.#contributions.prefix, label, account, options),
    );
    return account;
  }

  #registerCommands({ commands: own = {} }: CreditsOptions): void {
    for (const name of new Set([...COMMAND_NAMES, ...Object.keys(own)])) {
      // The way to the view of the side bar needs none of the pieces.
      const isViewCommand = name === "showAccount" && own[name] === undefined;
      const run = isViewCommand ? () => this.#showAccount() : async () => (await this.#extension()).run(name);
      this.#disposables.push(commands.registerCommand(this.#contributions.command(name), run));
    }
  }

  async #showAccount(): Promise<void> {
    if (this.#contributions.hasView) await commands.executeCommand(`${this.#contributions.view}.focus`);
    else await (await this.#extension()).run("openPanel");
  }

  /** Other hosts of extensions have no tools, and a tool that the manifest does not declare is refused. */
  #registerTools(): void {
    for (const name of TOOL_NAMES) {
      if (!this.#contributions.hasTool(name) || typeof lm?.registerTool !== "function") continue;
      this.#disposables.push(lm.registerTool<object>(this.#contributions.tool(name), { invoke: this.#invoke(name) }));
    }
  }

  #invoke(name: ToolName) {
    return async ({ input }: { input: object }, cancelled: CancellationToken): Promise<LanguageModelToolResult> => {
      const text = await (await this.#extension()).tool(name, input, cancelled);
      return new LanguageModelToolResult([new LanguageModelTextPart(text)]);
    };
  }

  #registerPanels(): void {
    this.#disposables.push(
      window.registerWebviewViewProvider(this.#contributions.view, {
        resolveWebviewView: async (view: WebviewView) => (await this.#extension()).attachView(view),
      }),
    );
    if (typeof window.registerWebviewPanelSerializer !== "function") return;
    this.#disposables.push(
      window.registerWebviewPanelSerializer(this.#contributions.tab, {
        deserializeWebviewPanel: async (tab: WebviewPanel) => (await this.#extension()).attachTab(tab),
      }),
    );
  }

  #listen(options: CreditsOptions): void {
    const { shared, tokens, changed, replaced } = this.#shell;
    const start = () => void this.#startIfSignedIn();
    this.#disposables.push(
      this.#settings,
      changed,
      replaced,
      ...(this.statusBar === undefined ? [] : [this.statusBar]),
      tokens.onDidChange(start),
      this.#settings.onDidChange((change) => {
        if (this.#loading === undefined) this.#showSignedOut();
        // A token is for one server: at another one the user is signed out.
        if (change === "client") {
          start();
          this.#accountProvider?.update();
        }
      }),
      ...(shared === undefined ? [] : [shared, shared.onDidChange(start)]),
    );
    const handlesUris = options.uriHandler !== false && options.tokens === undefined;
    if (handlesUris && typeof window.registerUriHandler === "function")
      this.#disposables.push(window.registerUriHandler({ handleUri: (uri: Uri) => this.handleUri(uri) }));
  }

  /** Signed in, there is a number to show; for everybody else nothing is loaded. */
  async #startIfSignedIn(): Promise<void> {
    const { tokens, shared } = this.#shell;
    // Unreadable secrets load the pieces too, which report them.
    const signedOut = await Promise.resolve(tokens.get(this.#settings.server)).then(
      (token) => token === undefined,
      () => false,
    );
    void commands.executeCommand("setContext", this.#contributions.signedOutKey, signedOut);
    void commands.executeCommand("setContext", this.#contributions.signedInKey, !signedOut);
    // The pieces ask for consent to use the sign-in of CoStrict's plugin.
    const isNeeded = !signedOut || (await shared?.isOffered(this.#settings.server)) === true;
    if (!isNeeded) return;
    // A failure is reported when a command needs the pieces, and by the status bar.
    await this.#extension()
      .then((extension) => extension.started)
      .catch(() => {});
  }

  /** Before anything is known: an icon that leads to signing in. */
  #showSignedOut(): void {
    const item = this.statusBar;
    if (item === undefined) return;
    if (this.#settings.statusBar === "hidden") {
      item.hide();
      return;
    }
    const title = this.#contributions.title("signIn");
    item.text = ICON;
    item.tooltip = title;
    item.accessibilityInformation = { label: title };
    item.command = this.#contributions.command("signIn");
    item.show();
  }
}

function createStatusItem(
  contributions: Contributions,
  {
    alignment = StatusBarAlignment.Right,
    priority = 100,
  }: Exclude<CreditsOptions["statusBar"], false | undefined> = {},
): StatusBarItem {
  const item = window.createStatusBarItem("balance", alignment, priority);
  // By this name the editor offers to hide it.
  item.name = contributions.displayName;
  return item;
}
