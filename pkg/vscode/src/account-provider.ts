/** The account in the editor's Accounts menu. The token store stays the only place of the sign-in: a session is read from it. */

import { readClaims } from "costrict-credit/panel-session";
import {
  type AuthenticationProvider,
  type AuthenticationProviderAuthenticationSessionsChangeEvent,
  type AuthenticationProviderSessionOptions,
  type AuthenticationSession,
  type Disposable,
  type Event,
  EventEmitter,
} from "vscode";
import { l10n } from "./l10n.js";
import { displayName } from "./strings.js";
import type { TokenStore } from "./token-store.js";

const DEFAULT_LABEL = "CoStrict";

/** What signs in and out, loaded when it is needed. */
export interface SignInActions {
  signIn(): Promise<void>;
  signOut(): Promise<void>;
}

export class AccountProvider implements AuthenticationProvider, Disposable {
  readonly #tokens: TokenStore;
  readonly #actions: () => Promise<SignInActions>;
  readonly #label: string;
  readonly #changed = new EventEmitter<AuthenticationProviderAuthenticationSessionsChangeEvent>();
  readonly #listening: Disposable;
  /** The session that the editor knows. */
  #last: AuthenticationSession | undefined;
  #queue: Promise<void> = Promise.resolve();

  readonly onDidChangeSessions: Event<AuthenticationProviderAuthenticationSessionsChangeEvent> = this.#changed.event;

  /** @param label the provider's name for people, as the manifest declares it */
  constructor(tokens: TokenStore, actions: () => Promise<SignInActions>, label = DEFAULT_LABEL) {
    this.#label = label;
    this.#tokens = tokens;
    this.#actions = actions;
    this.#listening = tokens.onDidChange(() => this.update());
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }

  /** Reports what changed since the editor read the session last: after a sign-in or sign-out, and at another server. */
  update(): void {
    // One after the other, or an older session would be compared last.
    this.#queue = this.#queue.then(async () => {
      const [before, now] = [this.#last, await this.#read().catch(() => undefined)];
      this.#last = now;
      if (before?.accessToken === now?.accessToken) return;
      const isRenewed = before !== undefined && before.id === now?.id;
      this.#changed.fire({
        added: now === undefined || isRenewed ? [] : [now],
        removed: before === undefined || isRenewed ? [] : [before],
        changed: now !== undefined && isRenewed ? [now] : [],
      });
    });
  }

  /** A token has no scopes: one asked for any gets them all. Secrets that cannot be read are no session. */
  async getSessions(
    scopes?: readonly string[],
    options: AuthenticationProviderSessionOptions = {},
  ): Promise<AuthenticationSession[]> {
    const session = await this.#read().catch(() => undefined);
    this.#last = session;
    if (session === undefined || (options.account !== undefined && options.account.id !== session.account.id))
      return [];
    return [{ ...session, scopes: scopes ?? [] }];
  }

  async createSession(scopes: readonly string[]): Promise<AuthenticationSession> {
    await (await this.#actions()).signIn();
    const [session] = await this.getSessions(scopes);
    if (session === undefined) throw new Error(l10n.t("You are not signed in to CoStrict."));
    return session;
  }

  async removeSession(id: string): Promise<void> {
    // The editor may know an account that was replaced since.
    if ((await this.#read())?.id === id) await (await this.#actions()).signOut();
  }

  async #read(): Promise<AuthenticationSession | undefined> {
    const token = await this.#tokens.get();
    if (token === undefined) return undefined;
    const { id = this.#label, name } = readClaims(token);
    return { id, accessToken: token, account: { id, label: displayName(name ?? id) }, scopes: [] };
  }
}
