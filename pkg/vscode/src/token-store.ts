/** The token: in the editor's secret storage, or in the file of CoStrict's plugin where the user agreed, and nowhere else. */

import type { SharedToken, TokenPair } from "costrict-credit/panel-session";
import type { Disposable, SecretStorage } from "vscode";

import { DEFAULT_PREFIX } from "./defaults.js";
import { isNewerToken } from "./newer-token.js";
import type { Tokens } from "./tokens.js";

const DEFAULT_SECRET_KEY = `${DEFAULT_PREFIX}.token`;

interface StoredSecret extends Partial<TokenPair> {
  mark?: string;
  /** Who gave the token: it is for no other server. Absent in what older versions kept. */
  server?: string;
  /** When it was kept. */
  at?: number;
}

/** The sign-in of CoStrict's plugin, as far as the user lets this extension use it. */
export interface SharedSource {
  /** The token if it may be sent to this server. */
  read(server: string | undefined): Promise<SharedToken | undefined>;
  onDidChange(listener: () => void): Disposable;
}

/**
 * Everything is one secret. The editor's web client saves all secrets at each change and waits for none of its saves: of two
 * that follow each other the older one may come last, and the token would be gone from the next window.
 *
 * Invariant: a token goes to the server that gave it and to no other. Each question for one names the server.
 */
export class TokenStore implements Tokens {
  readonly #secrets: SecretStorage;
  readonly #server: () => string | undefined;
  readonly #shared: SharedSource | undefined;
  readonly #key: string;
  readonly #listeners = new Set<() => void>();
  #watching: Disposable[] = [];
  /** What the listeners know. */
  #lastState: string | undefined;
  #binding: Promise<void> | undefined;

  /** @param server the address in use now; undefined while the setting is wrong, and then nothing is sent anywhere */
  constructor(
    secrets: SecretStorage,
    server: () => string | undefined = () => undefined,
    shared?: SharedSource,
    key = DEFAULT_SECRET_KEY,
  ) {
    this.#key = key;
    this.#secrets = secrets;
    this.#server = server;
    this.#shared = shared;
  }

  /** The fresher one of the editor's own token and the shared one. */
  async get(server = this.#server()): Promise<string | undefined> {
    return (await this.#currentToken(server))?.token;
  }

  /** Only for the editor's own token: the shared one is renewed by whom it belongs to. */
  async renewal(server = this.#server()): Promise<string | undefined> {
    return (await this.#currentToken(server))?.renewal;
  }

  /** Whether the token in use is the one of CoStrict's plugin. */
  async isShared(server = this.#server()): Promise<boolean> {
    return (await this.#currentToken(server))?.isShared ?? false;
  }

  /** Whether there is a token that another server gave. */
  async hasTokenOfOtherServer(server = this.#server()): Promise<boolean> {
    const kept = await this.#readSecret();
    return kept.token !== undefined && !isForServer(kept, server);
  }

  /** Another one for each sign-in and sign-out, and without a meaning: windows compare it. */
  async mark(): Promise<string | undefined> {
    return (await this.#readSecret()).mark;
  }

  async save({ token, renewal }: TokenPair, server = this.#server()): Promise<void> {
    await this.#writeSecret({
      token,
      ...(renewal === undefined ? {} : { renewal }),
      ...(server === undefined ? {} : { server }),
      at: Date.now(),
    });
  }

  /** Forgets token and renewal; a new mark stays, so that other windows see that something changed. */
  async remove(): Promise<void> {
    await this.#writeSecret({});
  }

  /** Another token, or none any more. Nothing is called when only the server's name was added to what is kept. */
  onDidChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    if (this.#watching.length === 0) this.#watch();
    return {
      dispose: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size === 0) for (const watching of this.#watching.splice(0)) watching.dispose();
      },
    };
  }

  #watch(): void {
    let last: Promise<void> = this.#state().then((state) => {
      this.#lastState = state;
    });
    // One after the other, or an older state would be compared last.
    const check = () => {
      // The first state may already include this change, so it cannot be compared.
      const isFirst = this.#lastState === undefined;
      last = last.then(async () => {
        const state = await this.#state();
        if (state === this.#lastState && !isFirst) return;
        this.#lastState = state;
        for (const listener of [...this.#listeners]) listener();
      });
    };
    this.#watching = [
      this.#secrets.onDidChange(({ key }) => {
        if (key === this.#key) check();
      }),
      ...(this.#shared === undefined ? [] : [this.#shared.onDidChange(check)]),
    ];
  }

  /** What differs between one sign-in and another. Secrets that cannot be read are a state of their own. */
  async #state(): Promise<string> {
    const [{ token, renewal, mark }, shared] = await Promise.all([
      this.#readSecret().catch((): StoredSecret => ({ mark: "unreadable" })),
      this.#shared?.read(this.#server()),
    ]);
    return JSON.stringify([token, renewal, mark, shared?.token]);
  }

  async #currentToken(server: string | undefined): Promise<(TokenPair & { isShared: boolean }) | undefined> {
    const [kept, shared] = await Promise.all([this.#readSecret(), this.#shared?.read(server)]);
    if (kept.token !== undefined && kept.server === undefined && server !== undefined)
      await this.#bindToServer(kept, server);
    const { token, renewal, at = 0 } = isForServer(kept, server) ? kept : {};
    if (shared !== undefined && (token === undefined || isNewerToken(shared, { token, at })))
      return { token: shared.token, isShared: true };
    return token === undefined ? undefined : { token, ...(renewal === undefined ? {} : { renewal }), isShared: false };
  }

  /** What an older version kept is for the server that is in use when it is first read. */
  async #bindToServer(kept: StoredSecret, server: string): Promise<void> {
    this.#binding ??= Promise.resolve(this.#secrets.store(this.#key, JSON.stringify({ ...kept, server }))).finally(
      () => (this.#binding = undefined),
    );
    await this.#binding;
  }

  async #readSecret(): Promise<StoredSecret> {
    try {
      return (JSON.parse((await this.#secrets.get(this.#key)) || "{}") ?? {}) as StoredSecret;
    } catch (cause) {
      // Not written by this extension: signed out.
      if (cause instanceof SyntaxError) return {};
      throw cause;
    }
  }

  async #writeSecret(kept: StoredSecret): Promise<void> {
    await this.#secrets.store(this.#key, JSON.stringify({ ...kept, mark: crypto.randomUUID() }));
  }
}

/** Without a server nothing can be sent, so nothing has to be kept back. */
function isForServer(kept: StoredSecret, server: string | undefined): boolean {
  return kept.server === undefined || server === undefined || kept.server === server;
}
