/**
 * A sign-in or sign-out in another window. Where the editor tells windows of each other's secrets, this window has followed
 * by itself. The editor's web client does not: each window reads the secrets once and keeps what it read. Then only loading
 * the window anew helps, and the user is told so.
 *
 * Each sign-in and sign-out has a mark, a random number that says nothing of the token. It is in the secret storage beside
 * the token, and in the folder that all windows share: where the two differ, this window's secrets are those of before.
 */

import { commands, type Disposable, l10n, window } from "vscode";

import type { Store } from "./host/store.js";
import type { TokenPlace } from "./host/token.js";
import type { Log } from "./log.js";

const KEY = "sign-in";

export class OtherWindows implements Disposable {
  readonly #tokens: TokenPlace;
  readonly #store: Store;
  readonly #log: Log;
  readonly #disposables: Disposable[];
  /** The shared mark that is no news: from before this window, its own, or one that the user was told of. */
  #known: Promise<string | undefined>;

  constructor(tokens: TokenPlace, store: Store, log: Log) {
    this.#tokens = tokens;
    this.#store = store;
    this.#log = log;
    this.#known = this.#shared();
    const stop = store.watch(() => this.#do(this.#compare()));
    this.#disposables = [tokens.onDidChange(() => this.#do(this.#mark())), { dispose: stop }];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #do(work: Promise<void>): void {
    void work.catch((cause: unknown) => this.#log.failed("following other windows", cause));
  }

  /** What cannot be read, or is no mark, says nothing. */
  async #shared(): Promise<string | undefined> {
    const found = await this.#store.read(KEY).catch(() => undefined);
    return found !== undefined && /^[\da-f-]{36}$/.test(found) ? found : undefined;
  }

  async #mark(): Promise<void> {
    const own = await this.#tokens.mark();
    if (own === undefined) return;
    this.#known = Promise.resolve(own);
    await this.#store.write(KEY, own);
  }

  async #compare(): Promise<void> {
    const [shared, known, own] = await Promise.all([this.#shared(), this.#known, this.#tokens.mark()]);
    if (shared === undefined || shared === known || shared === own) return;
    this.#known = Promise.resolve(shared);
    const reload = l10n.t("Reload this window");
    const chosen = await window.showInformationMessage(
      l10n.t("You signed in or out in another window. This window follows when it is reloaded."),
      reload,
    );
    if (chosen === reload) await commands.executeCommand("workbench.action.reloadWindow");
  }
}
