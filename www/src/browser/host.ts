/** What the core asks of a browser: the token, storage that all tabs share, and locks between tabs. */

import type { Host } from "costrict-credit";

import type { BrowserSession } from "./session.js";

const PREFIX = "costrict-credit.";

export class BrowserHost implements Host {
  readonly #session: BrowserSession;
  readonly #held = new Map<string, () => void>();
  /** Absent in pages that are not served securely: browsers give those no locks, and the core then leases through storage. */
  readonly lock?: NonNullable<Host["lock"]>;

  constructor(session: BrowserSession) {
    this.#session = session;
    const { locks } = navigator as { locks?: LockManager };
    if (locks !== undefined) this.lock = (name, ttl) => this.#take(locks, name, ttl);
  }

  async token(): Promise<string | undefined> {
    return this.#session.token;
  }

  async read(key: string): Promise<string | undefined> {
    return localStorage.getItem(PREFIX + key) ?? undefined;
  }

  async write(key: string, value: string | undefined): Promise<void> {
    if (value === undefined) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  }

  /** The browser lets go of a lock when its tab ends; the time limit is for a tab that hangs. */
  async #take(locks: LockManager, name: string, ttl: number): Promise<boolean> {
    if (this.#held.has(name)) return true;
    return new Promise((resolve, reject) => {
      locks
        .request(PREFIX + name, { ifAvailable: true }, (lock) => {
          if (lock === null) {
            resolve(false);
            return undefined;
          }
          return new Promise<void>((release) => {
            const timer = setTimeout(() => this.#release(name), ttl);
            this.#held.set(name, () => {
              clearTimeout(timer);
              release();
            });
            resolve(true);
          });
        })
        .catch(reject);
    });
  }

  async unlock(name: string): Promise<void> {
    this.#release(name);
  }

  #release(name: string): void {
    this.#held.get(name)?.();
    this.#held.delete(name);
  }
}
