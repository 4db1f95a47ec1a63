/** The token: in the editor's secret storage, and nowhere else. */

import type { Disposable, SecretStorage } from "vscode";

const NAME = "costrictCredit.token";
const RENEWAL_NAME = "costrictCredit.renewal";
const MARK_NAME = "costrictCredit.mark";

/** What a sign-in gives. */
export interface TokenPair {
  token: string;
  /** Gets the next pair when the token has ended; absent for a pasted token. */
  renewal?: string;
}

export class TokenPlace {
  readonly #secrets: SecretStorage;

  constructor(secrets: SecretStorage) {
    this.#secrets = secrets;
  }

  async get(): Promise<string | undefined> {
    return (await this.#secrets.get(NAME)) || undefined;
  }

  async renewal(): Promise<string | undefined> {
    return (await this.#secrets.get(RENEWAL_NAME)) || undefined;
  }

  /** Another one for each sign-in and sign-out, and without a meaning: windows compare it. */
  async mark(): Promise<string | undefined> {
    return (await this.#secrets.get(MARK_NAME)) || undefined;
  }

  /** The token comes last: whoever hears of it finds its renewal, and not the one of the account before. */
  async keep({ token, renewal }: TokenPair): Promise<void> {
    if (renewal === undefined) await this.#secrets.delete(RENEWAL_NAME);
    else await this.#secrets.store(RENEWAL_NAME, renewal);
    await this.#secrets.store(MARK_NAME, crypto.randomUUID());
    await this.#secrets.store(NAME, token);
  }

  async remove(): Promise<void> {
    await this.#secrets.delete(RENEWAL_NAME);
    await this.#secrets.store(MARK_NAME, crypto.randomUUID());
    await this.#secrets.delete(NAME);
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
