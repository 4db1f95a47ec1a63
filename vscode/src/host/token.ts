/** The token: in the editor's secret storage, and nowhere else. */

import type { Disposable, SecretStorage } from "vscode";

const NAME = "costrictCredit.token";

/** What a sign-in gives. */
export interface TokenPair {
  token: string;
  /** Gets the next pair when the token has ended; absent for a pasted token. */
  renewal?: string;
}

interface Kept extends Partial<TokenPair> {
  mark?: string;
}

/**
 * Everything is one secret. The editor's web client saves all secrets at each change and waits for none of its saves: of two
 * that follow each other the older one may come last, and the token would be gone from the next window.
 */
export class TokenPlace {
  readonly #secrets: SecretStorage;

  constructor(secrets: SecretStorage) {
    this.#secrets = secrets;
  }

  async get(): Promise<string | undefined> {
    return (await this.#kept()).token;
  }

  async renewal(): Promise<string | undefined> {
    return (await this.#kept()).renewal;
  }

  /** Another one for each sign-in and sign-out, and without a meaning: windows compare it. */
  async mark(): Promise<string | undefined> {
    return (await this.#kept()).mark;
  }

  async keep({ token, renewal }: TokenPair): Promise<void> {
    await this.#write({ token, ...(renewal === undefined ? {} : { renewal }) });
  }

  /** Forgets token and renewal; a new mark stays, so that other windows see that something changed. */
  async remove(): Promise<void> {
    await this.#write({});
  }

  async #kept(): Promise<Kept> {
    try {
      return (JSON.parse((await this.#secrets.get(NAME)) || "{}") ?? {}) as Kept;
    } catch (cause) {
      // Not what this extension wrote: nobody is signed in.
      if (cause instanceof SyntaxError) return {};
      throw cause;
    }
  }

  async #write(kept: Kept): Promise<void> {
    await this.#secrets.store(NAME, JSON.stringify({ ...kept, mark: crypto.randomUUID() }));
  }

  /** Also called when another window signed in or out. */
  onDidChange(changed: () => void): Disposable {
    return this.#secrets.onDidChange(({ key }) => {
      if (key === NAME) changed();
    });
  }
}

/** What a header can carry: visible ASCII without spaces. A pasted "Bearer " is taken off. */
export function readToken(pasted: string): string | undefined {
  const token = pasted.trim().replace(/^bearer\s+/i, "");
  return /^[\x21-\x7e]{1,16384}$/.test(token) ? token : undefined;
}
