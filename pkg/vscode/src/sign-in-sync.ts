/**
 * A sign-in or sign-out in another window. Where the editor notifies windows of changed secrets, this window has followed
 * by itself. The editor's web client does not: each window reads the secrets once and keeps what it read. Then only loading
 * the window helps, and a message offers that.
 *
 * Each sign-in and sign-out has a mark, a random number unrelated to the token. It is in the secret storage beside
 * the token, and in the folder that all windows share: where the two differ, this window's secrets are those of before.
 */

import type { SharedStore } from "costrict-credit/panel-session";
import { commands, type Disposable, window } from "vscode";
import { l10n } from "./l10n.js";
import type { Log } from "./log.js";
import type { TokenStore } from "./token-store.js";

const KEY = "sign-in";

export class SignInSync implements Disposable {
  readonly #tokens: TokenStore;
  readonly #store: SharedStore;
  readonly #log: Log;
  readonly #disposables: Disposable[];
  /** The shared mark already handled: from before this window, its own, or one that was reported. */
  #seenMark: Promise<string | undefined>;

  constructor(tokens: TokenStore, store: SharedStore, log: Log) {
    this.#tokens = tokens;
    this.#store = store;
    this.#log = log;
    this.#seenMark = this.#readSharedMark();
    const stop = store.watch(() => this.#run(this.#compareMarks()));
    this.#disposables = [tokens.onDidChange(() => this.#run(this.#publishMark())), { dispose: stop }];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #run(work: Promise<void>): void {
    void work.catch((cause: unknown) => this.#log.failed("following other windows", cause));
  }

  /** `undefined` for an unreadable or malformed mark. */
  async #readSharedMark(): Promise<string | undefined> {
    const found = await this.#store.read(KEY).catch(() => undefined);
    return found !== undefined && /^[\da-f-]{36}$/.test(found) ? found : undefined;
  }

  async #publishMark(): Promise<void> {
    const own = await this.#tokens.mark();
    if (own === undefined) return;
    this.#seenMark = Promise.resolve(own);
    await this.#store.write(KEY, own);
  }

  async #compareMarks(): Promise<void> {
    const [shared, known, own] = await Promise.all([this.#readSharedMark(), this.#seenMark, this.#tokens.mark()]);
    if (shared === undefined || shared === known || shared === own) return;
    this.#seenMark = Promise.resolve(shared);
    const reload = l10n.t("Reload this window");
    const chosen = await window.showInformationMessage(
      l10n.t("You signed in or out in another window. This window follows when it is reloaded."),
      reload,
    );
    if (chosen === reload) await commands.executeCommand("workbench.action.reloadWindow");
  }
}
