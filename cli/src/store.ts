/** The storage of the account: the one of all programs on this machine, or memory where none can be used. */

import type { SharedStore } from "costrict-credit/panel-session";

/** A storage whose failures end no call: what could not be stored is asked for again by the next call. */
export class TolerantStore implements SharedStore {
  readonly #store: SharedStore;
  readonly #written = new Map<string, string | undefined>();
  /** The first thing that could not be stored. */
  failure: unknown;
  readonly lock?: (name: string, ttl: number) => Promise<boolean>;
  readonly unlock?: (name: string) => Promise<void>;

  constructor(store: SharedStore) {
    this.#store = store;
    const { lock, unlock } = store;
    if (lock !== undefined) this.lock = (name, ttl) => this.#orElse(() => lock.call(store, name, ttl), true);
    if (unlock !== undefined) this.unlock = (name) => this.#orElse(() => unlock.call(store, name), undefined);
  }

  async read(key: string): Promise<string | undefined> {
    if (this.#written.has(key)) return this.#written.get(key);
    return this.#orElse(() => this.#store.read(key), undefined);
  }

  async write(key: string, value: string | undefined): Promise<void> {
    // From the first failure on, memory has what the files cannot take.
    if (this.failure === undefined) await this.#orElse(() => this.#store.write(key, value), undefined);
    if (this.failure !== undefined) this.#written.set(key, value);
  }

  watch(changed: () => void): () => void {
    return this.#store.watch(changed);
  }

  async #orElse<Result>(work: () => Promise<Result>, otherwise: Result): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      this.failure ??= cause;
      return otherwise;
    }
  }
}

/** For made-up data, which no other program may see. */
export class MemoryStore implements SharedStore {
  readonly #values = new Map<string, string>();

  async read(key: string): Promise<string | undefined> {
    return this.#values.get(key);
  }

  async write(key: string, value: string | undefined): Promise<void> {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
  }

  async lock(): Promise<boolean> {
    return true;
  }

  async unlock(): Promise<void> {}

  watch(): () => void {
    return () => {};
  }
}
