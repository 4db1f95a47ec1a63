/** A storage that processes share: one file for each key, replaced whole, and lock files that are made under exclusion. */

import { watch as watchFolder } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileName, type SharedStore, type Warn, watchOrPoll } from "costrict-credit/panel-session";
import { isCode, makeFolder, readText, removeFile, removeStaleFiles, replaceFile } from "./atomic-file.js";
import { FileLock } from "./file-lock.js";
import { accountFolder } from "./folders.js";
import { isDenied, readOnly, unreadable } from "./storage-error.js";

/** Several writes of one reading wake the other windows once. */
const CHANGE_DELAY_MS = 100;
const FILE_SUFFIX = ".value";

export class FileStore implements SharedStore {
  readonly #folder: string;
  #ownLock: FileLock | undefined;
  readonly #warn: Warn | undefined;
  #folderCreated: Promise<unknown> | undefined;
  /** By file, what this window wrote last and before that: an event may be older than the last write. */
  readonly #recentWrites = new Map<string, (string | undefined)[]>();
  readonly #staleFilesRemoved: Promise<void>;

  /** @param folder default: `account` in the folder for the state of programs; without a home folder that throws "no_home" */
  constructor(folder = accountFolder(), warn?: Warn) {
    this.#folder = folder;
    this.#warn = warn;
    this.#staleFilesRemoved = removeStaleFiles(folder);
  }

  async read(key: string): Promise<string | undefined> {
    return readText(this.#path(key)).catch((cause: unknown) => {
      throw unreadable(this.#path(key), cause);
    });
  }

  async write(key: string, value: string | undefined): Promise<void> {
    const name = fileName(key);
    this.#recentWrites.set(name, [value, this.#recentWrites.get(name)?.[0]]);
    await this.#withFolder(() =>
      value === undefined ? removeFile(this.#path(key)) : replaceFile(this.#path(key), value),
    );
  }

  async lock(name: string, ttl: number): Promise<boolean> {
    return this.#withFolder(() => this.#lock.acquire(this.#lockPath(name), ttl));
  }

  async unlock(name: string): Promise<void> {
    await this.#lock.release(this.#lockPath(name)).catch((cause: unknown) => {
      throw isDenied(cause) ? readOnly(this.#folder, cause) : cause;
    });
  }

  watch(changed: () => void): () => void {
    let stopped = false;
    let stop = () => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = async (name: string | null) => {
      if (name !== null && (!name.endsWith(FILE_SUFFIX) || (await this.#isOwnWrite(name)))) return;
      if (stopped) return;
      // Not put off by further writes: a busy window must not keep the others waiting.
      timer ??= setTimeout(() => {
        timer = undefined;
        changed();
      }, CHANGE_DELAY_MS);
    };
    const begin = () => {
      if (!stopped)
        stop = watchOrPoll(
          { name: "The folder of the account", start: this.#watch, fingerprint: this.#fingerprint, warn: this.#warn },
          (name) => void heard(name),
        );
    };
    // A folder that cannot be made now may be there later: polling finds it.
    this.#createFolder().then(begin, begin);
    return () => {
      stopped = true;
      clearTimeout(timer);
      stop();
    };
  }

  readonly #watch = (changed: (name: string | null) => void, failed: (cause: unknown) => void): (() => void) => {
    const watcher = watchFolder(this.#folder, { persistent: false }, (_event, name) => changed(name));
    watcher.on("error", (cause) => {
      watcher.close();
      failed(cause);
    });
    return () => watcher.close();
  };

  /** All values of other windows with their sizes and times. */
  readonly #fingerprint = async (): Promise<string> => {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => name.endsWith(FILE_SUFFIX)).sort();
    const seen = await Promise.all(
      names.map(async (name) => {
        if (await this.#isOwnWrite(name)) return "";
        const { mtimeMs, size } = await stat(join(this.#folder, name));
        return `${name} ${mtimeMs} ${size}`;
      }),
    );
    return seen.filter((line) => line !== "").join("\n");
  };

  /** Whether the file contains what this window wrote. An unreadable file may be another window's. */
  async #isOwnWrite(name: string): Promise<boolean> {
    const written = this.#recentWrites.get(name.slice(0, -FILE_SUFFIX.length));
    if (written === undefined) return false;
    try {
      return written.includes(await readText(join(this.#folder, name)));
    } catch {
      return false;
    }
  }

  /** Made when it is needed: a program that only reads does without random numbers, whose module takes long to load. */
  get #lock(): FileLock {
    this.#ownLock ??= new FileLock(crypto.randomUUID());
    return this.#ownLock;
  }

  #path(key: string): string {
    return join(this.#folder, `${fileName(key)}${FILE_SUFFIX}`);
  }

  #lockPath(name: string): string {
    return join(this.#folder, `${fileName(name)}.lock`);
  }

  /** A folder that was removed while the window was open is made again. */
  async #withFolder<T>(work: () => Promise<T>): Promise<T> {
    const inFolder = async () => {
      await this.#createFolder();
      return work();
    };
    try {
      return await inFolder().catch((cause: unknown) => {
        if (!isCode(cause, "ENOENT")) throw cause;
        this.#folderCreated = undefined;
        return inFolder();
      });
    } catch (cause) {
      throw isDenied(cause) ? readOnly(this.#folder, cause) : cause;
    }
  }

  async #createFolder(): Promise<void> {
    this.#folderCreated ??= makeFolder(this.#folder).catch((cause: unknown) => {
      this.#folderCreated = undefined;
      throw cause;
    });
    await this.#folderCreated;
    await this.#staleFilesRemoved;
  }
}
