/** Locks between windows as files that are created exclusively. */

import { link, rename, rm, stat, unlink } from "node:fs/promises";
import { isHeld, type LockRecord, newLockRecord, readLockRecord } from "costrict-credit/panel-session";
import { isCode, readText, removeFile, replaceFile, temporaryName, writeNewFile } from "./atomic-file.js";

/** What exFAT, SMB and their like answer to a hard link. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EMLINK", "EACCES", "EXDEV", "UNKNOWN"];
/** Where links are missing a lock file is visible before its text is in it. */
const WRITING_MAX_MS = 2_000;

export class FileLock {
  readonly #owner: string;
  #hasLinks = true;

  constructor(owner: string) {
    this.#owner = owner;
  }

  async acquire(path: string, ttl: number): Promise<boolean> {
    if (await this.#create(path, ttl)) return true;
    const found = await readText(path);
    const held = found === undefined ? undefined : readLockRecord(found);
    if (held !== undefined && isHeld(held, ttl)) return held.owner === this.#owner && this.#extend(path, ttl);
    if (found !== undefined && held === undefined && (await this.#isBeingWritten(path))) return false;
    if (found !== undefined && !(await this.#removeExpired(path, found))) return false;
    return this.#create(path, ttl);
  }

  async release(path: string): Promise<void> {
    if ((await this.#readRecord(path))?.owner === this.#owner) await removeFile(path);
  }

  async #readRecord(path: string): Promise<LockRecord | undefined> {
    const found = await readText(path);
    return found === undefined ? undefined : readLockRecord(found);
  }

  async #extend(path: string, ttl: number): Promise<boolean> {
    await replaceFile(path, newLockRecord(this.#owner, ttl));
    return true;
  }

  async #create(path: string, ttl: number): Promise<boolean> {
    if (this.#hasLinks) {
      try {
        return await this.#createByLink(path, ttl);
      } catch (cause) {
        if (!isCode(cause, ...NO_LINKS)) throw cause;
        this.#hasLinks = false;
      }
    }
    return this.#createInPlace(path, ttl);
  }

  /** Written first and linked then: a lock file is never seen half written. */
  async #createByLink(path: string, ttl: number): Promise<boolean> {
    const temporary = temporaryName(path);
    await writeNewFile(temporary, newLockRecord(this.#owner, ttl));
    try {
      await link(temporary, path);
      return true;
    } catch (cause) {
      if (isCode(cause, "EEXIST")) return false;
      throw cause;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Exclusive creation works without links, too. The claim counts when it is read back as it was written. */
  async #createInPlace(path: string, ttl: number): Promise<boolean> {
    try {
      await writeNewFile(path, newLockRecord(this.#owner, ttl));
    } catch (cause) {
      if (isCode(cause, "EEXIST")) return false;
      throw cause;
    }
    return (await this.#readRecord(path))?.owner === this.#owner;
  }

  async #isBeingWritten(path: string): Promise<boolean> {
    if (this.#hasLinks) return false;
    const found = await stat(path).catch(() => undefined);
    return found !== undefined && Math.abs(Date.now() - found.mtimeMs) < WRITING_MAX_MS;
  }

  /** Removes a lock whose time is over. False when another window was quicker. */
  async #removeExpired(path: string, stale: string): Promise<boolean> {
    const aside = temporaryName(path);
    try {
      await rename(path, aside);
    } catch (cause) {
      if (isCode(cause, "ENOENT")) return false;
      throw cause;
    }
    const taken = await readText(aside);
    if (taken === stale) {
      await unlink(aside);
      return true;
    }
    // It was not the stale one but one that was made meanwhile: back with it, unless there is a newer one already.
    if (taken !== undefined) await this.#restore(path, aside, taken);
    await rm(aside, { force: true });
    return false;
  }

  async #restore(path: string, aside: string, text: string): Promise<void> {
    if (this.#hasLinks) await link(aside, path).catch(() => {});
    else await writeNewFile(path, text).catch(() => {});
  }
}
