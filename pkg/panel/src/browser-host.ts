/** The core's `Host` in a browser: token, storage shared by all tabs, and locks between tabs. */

import type { Host } from "costrict-credit";

const PREFIX = "costrict-credit.";

export interface BrowserHostOptions {
  /** The token of the account, requested for each request; undefined while signed out. */
  token(): Promise<string | undefined> | string | undefined;
}

/**
 * The `Host` of a client in a browser page. What the client stores goes to the local storage, which all tabs share; the token is
 * kept nowhere.
 *
 * @example
 * const client = new CreditClient(browserHost({ token: () => session.token }), { baseUrl: "https://credits.example" });
 */
export function browserHost(options: BrowserHostOptions): Host {
  return new BrowserHost(options);
}

class BrowserHost implements Host {
  readonly #options: BrowserHostOptions;
  readonly #heldLocks = new Map<string, () => void>();
  /** Absent on insecure origins, where browsers have no Web Locks; the core then uses a lease in storage. */
  readonly lock?: NonNullable<Host["lock"]>;

  constructor(options: BrowserHostOptions) {
    this.#options = options;
    const locks = globalThis.navigator?.locks as LockManager | undefined;
    if (locks !== undefined) this.lock = (name, ttl) => this.#acquire(locks, name, ttl);
  }

  async token(): Promise<string | undefined> {
    return this.#options.token();
  }

  async read(key: string): Promise<string | undefined> {
    return localStorage.getItem(PREFIX + key) ?? undefined;
  }

  async write(key: string, value: string | undefined): Promise<void> {
    if (value === undefined) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  }

  /** The browser lets go of a lock when its tab ends; the time limit is for a tab that hangs. */
  async #acquire(locks: LockManager, name: string, ttl: number): Promise<boolean> {
    if (this.#heldLocks.has(name)) return true;
    return new Promise((resolve, reject) => {
      locks
        .request(PREFIX + name, { ifAvailable: true }, (lock) => {
          if (lock === null) {
            resolve(false);
            return undefined;
          }
          return new Promise<void>((release) => {
            const timer = setTimeout(() => this.#release(name), ttl);
            this.#heldLocks.set(name, () => {
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
    this.#heldLocks.get(name)?.();
    this.#heldLocks.delete(name);
  }
}
