/** Key-value storage that all windows of one user share, as an extension host has it. */

import type { Host } from "costrict-credit";

export interface SharedStore {
  read(key: string): Promise<string | undefined>;
  write(key: string, value: string | undefined): Promise<void>;
  /** Absent where no file can be made under exclusion: the core then leases through the storage itself. */
  lock?(name: string, ttl: number): Promise<boolean>;
  unlock?(name: string): Promise<void>;
  /** Calls `changed` when another window wrote. Returns the way to stop. */
  watch(changed: () => void): () => void;
}

/** The storage and locks of a client, as `Host` has them. */
export function hostStorage(store: SharedStore): Pick<Host, "read" | "write" | "lock" | "unlock"> {
  const { lock, unlock } = store;
  return {
    read: (key) => store.read(key),
    write: (key, value) => store.write(key, value),
    ...(lock === undefined ? {} : { lock: (name: string, ttl: number) => lock.call(store, name, ttl) }),
    ...(unlock === undefined ? {} : { unlock: (name: string) => unlock.call(store, name) }),
  };
}

/** A name that every file system takes, and another one for every key. */
export function fileName(key: string): string {
  return encodeURIComponent(key).replace(/[*!'().~]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}
