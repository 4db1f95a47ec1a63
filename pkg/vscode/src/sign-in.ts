/** Signing in, by the browser or by a pasted token; and signing out. */

import {
  isConfidential,
  isLoginFailure,
  isTokenPair,
  LOGIN_POLL_INTERVAL_MS,
  LOGIN_POLLS_MAX,
  type LoginReply,
  PluginLogin,
  revokeToken,
  type TokenPair,
} from "costrict-credit/panel-session";
import {
  type Disposable,
  type ExtensionContext,
  env,
  ProgressLocation,
  type QuickPickItem,
  Uri,
  version,
  window,
} from "vscode";

import type { Credits } from "./credits.js";
import { l10n } from "./l10n.js";
import type { Log } from "./log.js";
import type { PluginSignInSource } from "./plugin-sign-in.js";
import { escapeMarkup } from "./strings.js";
import { checkToken } from "./token-check.js";
import { askForToken } from "./token-prompt.js";
import type { TokenStore } from "./token-store.js";

/** One poll without an answer is a network that is away for a moment. */
const SILENT_POLLS_MAX = 2;
const MACHINE_CODE_KEY = "machineCode";
/** Where the login page may lead back to: the state comes with it, and nothing else. */
const CALLBACK_PATH = "/signed-in";

interface SignInMethod extends QuickPickItem {
  run: () => Promise<void>;
}

export class SignIn implements Disposable {
  readonly #context: ExtensionContext;
  readonly #credits: Credits;
  readonly #tokens: TokenStore;
  readonly #shared: PluginSignInSource | undefined;
  readonly #log: Log;
  readonly #disposables: Disposable[];
  /** The pending login of this window: its state, and a way to poll immediately. */
  #pending: { state: string; pollNow: () => void } | undefined;

  constructor(
    context: ExtensionContext,
    credits: Credits,
    tokens: TokenStore,
    shared: PluginSignInSource | undefined,
    log: Log,
  ) {
    this.#context = context;
    this.#credits = credits;
    this.#tokens = tokens;
    this.#shared = shared;
    this.#log = log;
    this.#disposables = [credits.onDidReplace(() => void this.#notifyServerChanged())];
  }

  dispose(): void {
    this.#cancelPending();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** The login that is under way is not waited for any more. */
  #cancelPending(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.pollNow();
  }

  async start(): Promise<void> {
    const server = this.#server();
    const ways: SignInMethod[] = [
      {
        label: `$(globe) ${l10n.t("In the browser")}`,
        detail: l10n.t("Opens the sign-in page of {0}.", displayHost(server)),
        run: () => this.#signInByBrowser(server),
      },
      {
        label: `$(key) ${l10n.t("With a token")}`,
        detail: l10n.t("Paste the token of your CoStrict account."),
        run: () => this.#signInByToken(server),
      },
    ];
    if ((await this.#shared?.isOffered(server)) === true) ways.unshift(this.#pluginMethod(server));
    const options = {
      title: this.#credits.contributions.title("signIn"),
      placeHolder: l10n.t("How do you want to sign in?"),
    };
    await (await window.showQuickPick(ways, options))?.run();
  }

  /** Where the token will go. Rejects while the setting is no address. */
  #server(): string {
    const { server } = this.#credits;
    if (server === undefined)
      throw new Error(
        l10n.t("The setting {0} is not a valid server address.", this.#credits.contributions.setting("baseUrl")),
      );
    return server;
  }

  /** A token belongs to the server that gave it. At another one the user has to sign in again, and is shown why. */
  async #notifyServerChanged(): Promise<void> {
    const { server } = this.#credits;
    if (
      server === undefined ||
      !(await this.#tokens.hasTokenOfOtherServer(server)) ||
      (await this.#tokens.get(server)) !== undefined
    )
      return;
    const signIn = this.#credits.contributions.title("signIn");
    const text = l10n.t(
      "The server address has changed. Sign in to {0} to see your credits there.",
      displayHost(server),
    );
    if ((await window.showInformationMessage(text, signIn)) === signIn)
      await this.start().catch((cause: unknown) => this.#log.failed("signing in", cause));
  }

  #pluginMethod(server: string): SignInMethod {
    return {
      label: `$(plug) ${l10n.t("With the CoStrict plugin's sign-in")}`,
      detail: l10n.t("Uses the account that the CoStrict plugin is signed in to on this machine."),
      run: async () => {
        this.#cancelPending();
        await this.#shared?.answer("always", server);
      },
    };
  }

  /** Forgets what is stored of the account and the token; a login through the browser ends at the server, too. */
  async signOut(): Promise<void> {
    const { server } = this.#credits;
    // The plugin's sign-in is not ours to end: it is not used any more.
    const isShared = await this.#tokens.isShared(server);
    const [token, renewal] = [await this.#tokens.get(server), await this.#tokens.renewal(server)];
    this.#cancelPending();
    try {
      await this.#credits.signOut();
    } finally {
      if (isShared && server !== undefined) await this.#shared?.answer("never", server);
      // Also where a wrong setting keeps the core from forgetting what it stored.
      if (server !== undefined && token !== undefined && renewal !== undefined) await this.#logOut(server, token);
    }
  }

  async #logOut(base: string, token: string): Promise<void> {
    try {
      await revokeToken(base, token);
    } catch (cause) {
      this.#log.failed("signing out at the server", cause);
      void window.showWarningMessage(
        l10n.t("You are signed out here, but the server did not confirm it. Your session there ends when it expires."),
      );
    }
  }

  async #signInByToken(server: string): Promise<void> {
    const token = await askForToken({
      title: this.#credits.contributions.title("signIn"),
      host: displayHost(server),
      check: (pasted) => checkToken(this.#credits, pasted),
    });
    if (token === undefined) return;
    this.#cancelPending();
    await this.#tokens.save({ token }, server);
  }

  async #signInByBrowser(server: string): Promise<void> {
    if (!isConfidential(server))
      throw new Error(l10n.t("Signing in through the browser needs a server address that begins with https://."));
    const login = new PluginLogin(server, {
      machineCode: await this.#machineCode(),
      editorVersion: version,
      pluginVersion: this.#credits.contributions.version,
      uriScheme: env.uriScheme,
    });
    // Polled once before a page is opened: detects a server without this login, or one that is unavailable.
    const first = await this.#ask(login, server);
    if (first === "absent")
      throw new Error(l10n.t("This server has no sign-in through the browser. Paste a token instead."));
    if (isLoginFailure(first)) throw new Error(failureText(first, server));
    await this.#openPage(login);
    const options = {
      location: ProgressLocation.Notification,
      cancellable: true,
      title: l10n.t("Waiting for the sign-in in the browser"),
    };
    const reply = await window.withProgress(options, (_progress, cancelled) =>
      this.#wait(login, server, (stop) => cancelled.onCancellationRequested(stop)),
    );
    if (reply === undefined) return;
    if (!isTokenPair(reply)) throw new Error(l10n.t("The sign-in in the browser did not end. Start it again."));
    await this.#tokens.save(reply, server);
  }

  /** The address of the page is a secret for as long as the login: it is in no error. */
  async #openPage(login: PluginLogin): Promise<void> {
    const callback = await env.asExternalUri(
      Uri.parse(`${env.uriScheme}://${this.#context.extension.id}${CALLBACK_PATH}`),
    );
    try {
      // As text, which the editor takes, too: a Uri decodes its query, and the address inside it falls apart.
      await env.openExternal(login.loginPage(callback.toString(true)) as unknown as Uri);
    } catch {
      throw new Error(l10n.t("Could not open the page in your browser."));
    }
  }

  async #ask(login: PluginLogin, server: string): Promise<LoginReply> {
    try {
      return await login.fetch();
    } catch (cause) {
      this.#log.failed("signing in", cause);
      throw new Error(l10n.t("{0} cannot be reached.", displayHost(server)), { cause });
    }
  }

  /** Polls until there is a token or a final failure; undefined when the user cancelled or started another login. */
  async #wait(
    login: PluginLogin,
    server: string,
    onCancel: (stop: () => void) => Disposable,
  ): Promise<TokenPair | LoginReply | undefined> {
    let over = false;
    let wake = () => {};
    this.#cancelPending();
    const pending = { state: login.state, pollNow: () => wake() };
    this.#pending = pending;
    const reporter = new FailureReporter(server, this.#log);
    const listening = onCancel(() => {
      over = true;
      wake();
    });
    try {
      for (let poll = 0; poll < LOGIN_POLLS_MAX; poll += 1) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOGIN_POLL_INTERVAL_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        if (over || this.#pending !== pending) return undefined;
        const reply = await login.fetch().catch((cause: unknown): LoginReply => reporter.unanswered(cause));
        if (over || this.#pending !== pending) return undefined;
        if (isLoginFailure(reply)) reporter.answered(reply);
        else if (reply !== "waiting") return reply;
      }
      return "waiting";
    } finally {
      listening.dispose();
      if (this.#pending === pending) this.#pending = undefined;
    }
  }

  /** Callback of the login page. Anyone can open such an address, so it only triggers a poll. */
  handleCallback(uri: Uri): void {
    const state = new URLSearchParams(uri.query).get("state");
    if (uri.path !== CALLBACK_PATH || state === null || state !== this.#pending?.state) {
      this.#log.write("warn", "An address that belongs to no sign-in of this window was opened.");
      return;
    }
    this.#pending.pollNow();
  }

  /** Not the machine's own id: another extension that signs in with that one would be signed out. */
  async #machineCode(): Promise<string> {
    const known = this.#context.globalState.get<string>(MACHINE_CODE_KEY);
    if (known !== undefined) return known;
    const code = crypto.randomUUID();
    await this.#context.globalState.update(MACHINE_CODE_KEY, code);
    return code;
  }
}

/** What goes wrong while a login is waited for: shown with the first poll that meets it, and once for each kind. */
class FailureReporter {
  readonly #server: string;
  readonly #log: Log;
  readonly #shown = new Set<string>();
  #unanswered = 0;

  constructor(server: string, log: Log) {
    this.#server = server;
    this.#log = log;
  }

  answered(reply: Extract<LoginReply, { failure: unknown }>): void {
    this.#unanswered = 0;
    this.#log.write("warn", `signing in: HTTP ${reply.status}`);
    this.#show(failureText(reply, this.#server));
  }

  unanswered(cause: unknown): "waiting" {
    this.#log.failed("signing in", cause);
    this.#unanswered += 1;
    if (this.#unanswered >= SILENT_POLLS_MAX) this.#show(l10n.t("{0} cannot be reached.", displayHost(this.#server)));
    return "waiting";
  }

  #show(text: string): void {
    if (this.#shown.has(text)) return;
    this.#shown.add(text);
    void window.showWarningMessage(text);
  }
}

function failureText({ failure, status }: Extract<LoginReply, { failure: unknown }>, server: string): string {
  switch (failure) {
    case "too_many_logins":
      return l10n.t("{0} has too many sign-ins right now. Try again in a few minutes.", displayHost(server));
    case "rate_limited":
      return l10n.t("{0} has received too many requests. Try again in a few minutes.", displayHost(server));
    case "server_error":
      return l10n.t(
        "Sign-in at {0} is temporarily unavailable (HTTP {1}). Try again later.",
        displayHost(server),
        String(status),
      );
  }
}

/** Where the user is sent to. */
function displayHost(base: string): string {
  return escapeMarkup(new URL(base).host);
}
