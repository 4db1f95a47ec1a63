/** Signing in, by the browser or by a pasted token; keeping the sign-in alive; and signing out. */

import type { Account } from "costrict-credit";
import { type Disposable, env, type ExtensionContext, l10n, ProgressLocation, type QuickPickItem, Uri, version, window } from "vscode";

import type { Credits } from "./credits.js";
import { isPrivate, type LoginReply, logOut, PluginLogin, renew } from "./host/plugin-login.js";
import type { Store } from "./host/store.js";
import { readToken, type TokenPlace } from "./host/token.js";
import type { Log } from "./log.js";
import { plain, title } from "./own-words.js";
import { chatBase } from "./surroundings.js";

/** As often, and as long, as the server's own plugin asks (server.md 1.1). */
const POLL_MS = 5_000;
const POLLS = 120;
const MACHINE = "machineCode";
/** Where the login page may lead back to: the state comes with it, and nothing else. */
const CALLBACK_PATH = "/signed-in";
const RENEWAL_LOCK = "renewal";
const RENEWAL_LOCK_MS = 30_000;

export class SignIn implements Disposable {
  readonly #context: ExtensionContext;
  readonly #credits: Credits;
  readonly #tokens: TokenPlace;
  readonly #store: Store;
  readonly #log: Log;
  readonly #disposables: Disposable[];
  /** The login that is under way in this window: its state, and how to ask at once. */
  #pending: { state: string; askNow: () => void } | undefined;
  /** Something was done about the refused token already. The refusal stays in the account until the next reading. */
  #handled = false;

  constructor(context: ExtensionContext, credits: Credits, tokens: TokenPlace, store: Store, log: Log) {
    this.#context = context;
    this.#credits = credits;
    this.#tokens = tokens;
    this.#store = store;
    this.#log = log;
    this.#disposables = [
      credits.onDidChange((account) => void this.#keepAlive(account)),
    ];
  }

  dispose(): void {
    this.#giveUp();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Nobody waits for the login any more that is under way. */
  #giveUp(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.askNow();
  }

  async start(): Promise<void> {
    const heading = title("costrictCredit.signIn");
    const ways: (QuickPickItem & { go: () => Promise<void> })[] = [
      {
        label: `$(globe) ${l10n.t("In the browser")}`,
        detail: l10n.t("Opens the sign-in page of {0}.", plainHost(this.#base)),
        go: () => this.#throughBrowser(),
      },
      {
        label: `$(key) ${l10n.t("With a token")}`,
        detail: l10n.t("Paste the token of your CoStrict account."),
        go: () => this.#byToken(),
      },
    ];
    await (await window.showQuickPick(ways, { title: heading, placeHolder: l10n.t("How do you want to sign in?") }))?.go();
  }

  /** Forgets what is stored of the account and the token; a login through the browser ends at the server, too. */
  async out(): Promise<void> {
    const [token, renewal, base] = [await this.#tokens.get(), await this.#tokens.renewal(), this.#base];
    this.#giveUp();
    try {
      await this.#credits.signOut();
    } finally {
      // Also where a wrong setting keeps the core from forgetting what it stored.
      if (token !== undefined && renewal !== undefined) await this.#logOut(base, token);
    }
  }

  async #logOut(base: string, token: string): Promise<void> {
    await logOut(base, token).catch((cause: unknown) => this.#log.failed("signing out at the server", cause));
  }

  get #base(): string {
    return chatBase(this.#credits.settings.baseUrl);
  }

  async #byToken(): Promise<void> {
    const pasted = await window.showInputBox({
      title: title("costrictCredit.signIn"),
      prompt: l10n.t("Paste the token of your CoStrict account. It is kept in the editor's secret storage only."),
      password: true,
      ignoreFocusOut: true,
      validateInput: (text) =>
        text === "" || readToken(text) !== undefined ? undefined : l10n.t("This is not a token: it has spaces or signs that no token has."),
    });
    const token = pasted === undefined ? undefined : readToken(pasted);
    if (token === undefined) return;
    this.#giveUp();
    await this.#tokens.keep({ token });
  }

  async #throughBrowser(): Promise<void> {
    const base = this.#base;
    if (!isPrivate(base)) throw new Error(l10n.t("Signing in through the browser needs a server address that begins with https://."));
    const login = new PluginLogin(base, {
      machineCode: await this.#machineCode(),
      editorVersion: version,
      pluginVersion: this.#context.extension.packageJSON.version as string,
      uriScheme: env.uriScheme,
    });
    // Asked once before anybody is sent anywhere: a server without such a login says so.
    const first = await this.#ask(login);
    if (first === "absent") throw new Error(l10n.t("This server has no sign-in through the browser. Paste a token instead."));
    const callback = await env.asExternalUri(Uri.parse(`${env.uriScheme}://${this.#context.extension.id}${CALLBACK_PATH}`));
    // As text, which the editor takes, too: a Uri decodes its query, and the address inside it falls apart.
    await env.openExternal(login.page(callback.toString(true)) as unknown as Uri);
    const options = { location: ProgressLocation.Notification, cancellable: true, title: l10n.t("Waiting for the sign-in in the browser") };
    const reply = await window.withProgress(options, (_progress, cancelled) => this.#wait(login, (stop) => cancelled.onCancellationRequested(stop)));
    if (reply === undefined) return;
    if (typeof reply === "string") throw new Error(l10n.t("The sign-in in the browser did not end. Start it again."));
    await this.#tokens.keep(reply);
  }

  async #ask(login: PluginLogin): Promise<LoginReply> {
    try {
      return await login.fetch();
    } catch (cause) {
      this.#log.failed("signing in", cause);
      throw new Error(l10n.t("{0} cannot be reached.", plainHost(this.#base)), { cause });
    }
  }

  /** Asks until there is a token, or it is over; undefined when the user gave up or began another login. */
  async #wait(login: PluginLogin, onCancel: (stop: () => void) => Disposable): Promise<LoginReply | undefined> {
    let over = false;
    let wake = () => {};
    this.#giveUp();
    const pending = { state: login.state, askNow: () => wake() };
    this.#pending = pending;
    const listening = onCancel(() => {
      over = true;
      wake();
    });
    try {
      for (let poll = 0; poll < POLLS; poll += 1) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, POLL_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        if (over || this.#pending !== pending) return undefined;
        // A network that is away for a moment ends no login.
        const reply = await login.fetch().catch((): LoginReply => "waiting");
        if (over || this.#pending !== pending) return undefined;
        if (reply !== "waiting") return reply;
      }
      return "waiting";
    } finally {
      listening.dispose();
      if (this.#pending === pending) this.#pending = undefined;
    }
  }

  /** The login page led back here. Whoever can open such an address can at most make us ask the server. */
  calledBack(uri: Uri): void {
    const state = new URLSearchParams(uri.query).get("state");
    if (uri.path !== CALLBACK_PATH || state === null || state !== this.#pending?.state) {
      return this.#log.write("warn", "An address that belongs to no sign-in of this window was opened.");
    }
    this.#pending.askNow();
  }

  /** A token has ended: the next one is fetched where the sign-in allows it, once, and by one window. */
  async #keepAlive(account: Account): Promise<void> {
    if (account.problem?.kind !== "sign_in_again") {
      this.#handled = false;
      return;
    }
    if (this.#handled) return;
    this.#handled = true;
    try {
      const [renewal, base] = [await this.#tokens.renewal(), this.#base];
      if (renewal === undefined || !isPrivate(base)) return;
      if ((await this.#store.lock?.(RENEWAL_LOCK, RENEWAL_LOCK_MS)) === false) return;
      try {
        // Another window may have been quicker: its news is on the way.
        if ((await this.#tokens.renewal()) !== renewal) return;
        const reply = await renew(base, renewal);
        // Whoever signed out, or in anew, meanwhile meant it: what came for the sign-in before is given back.
        if (typeof reply === "object" && (await this.#tokens.renewal()) !== renewal) await this.#logOut(base, reply.token);
        else if (typeof reply === "object") await this.#tokens.keep(reply);
        // No answer yet: the next refresh gives another chance.
        else this.#handled = reply !== "waiting";
      } finally {
        await this.#store.unlock?.(RENEWAL_LOCK);
      }
    } catch (cause) {
      this.#handled = false;
      this.#log.failed("renewing the sign-in", cause);
    }
  }

  /** Not the machine's own id: another extension that signs in with that one would be signed out. */
  async #machineCode(): Promise<string> {
    const known = this.#context.globalState.get<string>(MACHINE);
    if (known !== undefined) return known;
    const code = crypto.randomUUID();
    await this.#context.globalState.update(MACHINE, code);
    return code;
  }
}

/** Where the user is sent to. */
function plainHost(base: string): string {
  return plain(URL.canParse(base) ? new URL(base).host : base);
}
