/** Something that must happen once over all windows: they take turns at it. */

import { isHeld, newLockRecord, readLockRecord } from "./lock-record.js";
import type { SharedStore } from "./shared-store.js";

/** By then a claim that another window wrote at the same time has landed. */
const STORE_LATENCY_MAX_MS = 1_000;

/** Ends the turn. */
export type Release = () => Promise<void>;

/**
 * A turn of at most `ttl` milliseconds; undefined while another window has it. Where this host has no locks, or they fail,
 * a lease in the storage decides.
 */
export async function acquireWindowLock(store: SharedStore, name: string, ttl: number): Promise<Release | undefined> {
  if (store.lock !== undefined) {
    try {
      return (await store.lock(name, ttl)) ? async () => store.unlock?.(name) : undefined;
    } catch {
      // A file system that cannot lock may still store.
    }
  }
  return acquireLease(store, `${name}.lease`, ttl);
}

/** Write a claim, wait until every other claim would have landed, and look whether it is still there. */
async function acquireLease(store: SharedStore, key: string, ttl: number): Promise<Release | undefined> {
  const owner = crypto.randomUUID();
  const claim = async () => readLockRecord((await store.read(key)) ?? "");
  const held = await claim();
  if (held !== undefined && isHeld(held, ttl)) return undefined;
  await store.write(key, newLockRecord(owner, ttl));
  await new Promise((resolve) => setTimeout(resolve, STORE_LATENCY_MAX_MS));
  if ((await claim())?.owner !== owner) return undefined;
  return async () => {
    if ((await claim())?.owner === owner) await store.write(key, undefined);
  };
}
