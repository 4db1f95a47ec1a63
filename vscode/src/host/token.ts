/** The token: in the editor's secret storage, and nowhere else. */

import type { Disposable, SecretStorage } from "vscode";

const NAME = "costrictCredit.token";

export class TokenPlace {
  readonly #secrets: SecretStorage;

  constructor(secrets: SecretStorage) {
    this.#secrets = secrets;
  }

  async get(): Promise<string | undefined> {
    return (await this.#secrets.get(NAME)) || undefined;
  }

  async keep(token: string): Promise<void> {
    await this.#secrets.store(NAME, token);
  }

  async remove(): Promise<void> {
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
