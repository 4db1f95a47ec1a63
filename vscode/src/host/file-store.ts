/** The storage of the Node host: one file for each key, replaced whole, and lock files that are made under exclusion. */

import { randomUUID } from "node:crypto";
import { watch as watchFolder } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { isCode, readText, removeFile, removeStaleFiles, replaceFile } from "./atomic-file.js";
import { FileLock } from "./file-lock.js";
import { fileName, type Store } from "./store.js";
import { type Log, watchOrPoll } from "./watch-or-poll.js";

/** Several writes of one reading wake the other windows once. */
const SETTLE_MS = 100;
const ENDING = ".value";

export class FileStore implements Store {
  readonly #folder: string;
  readonly #lock = new FileLock(randomUUID());
  readonly #log: Log | undefined;
  #made: Promise<unknown> | undefined;
  /** By file, what this window wrote last and before that: an event may be older than the last write. */
  readonly #written = new Map<string, (string | undefined)[]>();
  readonly #cleaned: Promise<void>;

  constructor(folder: string, log?: Log) {
    this.#folder = folder;
    this.#log = log;
    this.#cleaned = removeStaleFiles(folder);
  }

  async read(key: string): Promise<string | undefined> {
    return readText(this.#path(key));
  }

  async write(key: string, value: string | undefined): Promise<void> {
    const name = fileName(key);
    this.#written.set(name, [value, this.#written.get(name)?.[0]]);
    await this.#inFolder(() =>
      value === undefined ? removeFile(this.#path(key)) : replaceFile(this.#path(key), value),
    );
  }

  async lock(name: string, ttl: number): Promise<boolean> {
    return this.#inFolder(() => this.#lock.take(this.#lockPath(name), ttl));
  }

  async unlock(name: string): Promise<void> {
    await this.#lock.release(this.#lockPath(name));
  }

  watch(changed: () => void): () => void {
    let stopped = false;
    let stop = () => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = async (name: string | null) => {
      if (name !== null && (!name.endsWith(ENDING) || (await this.#isOwn(name)))) return;
      if (stopped) return;
      // Not put off by further writes: a busy window must not keep the others waiting.
      timer ??= setTimeout(() => {
        timer = undefined;
        changed();
      }, SETTLE_MS);
    };
    const begin = () => {
      if (!stopped)
        stop = watchOrPoll(
          { name: "The folder of the account", start: this.#watch, look: this.#look, log: this.#log },
          (name) => void heard(name),
        );
    };
    // A folder that cannot be made now may be there later: polling finds it.
    this.#makeFolder().then(begin, begin);
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
  readonly #look = async (): Promise<string> => {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => name.endsWith(ENDING)).sort();
    const seen = await Promise.all(
      names.map(async (name) => {
        if (await this.#isOwn(name)) return "";
        const { mtimeMs, size } = await stat(join(this.#folder, name));
        return `${name} ${mtimeMs} ${size}`;
      }),
    );
    return seen.filter((line) => line !== "").join("\n");
  };

  /** Whether the file says what this window wrote. One that cannot be read may be another's. */
  async #isOwn(name: string): Promise<boolean> {
    const written = this.#written.get(name.slice(0, -ENDING.length));
    if (written === undefined) return false;
    try {
      return written.includes(await readText(join(this.#folder, name)));
    } catch {
      return false;
    }
  }

  #path(key: string): string {
    return join(this.#folder, `${fileName(key)}${ENDING}`);
  }

  #lockPath(name: string): string {
    return join(this.#folder, `${fileName(name)}.lock`);
  }

  /** A folder that was removed while the window was open is made again. */
  async #inFolder<T>(work: () => Promise<T>): Promise<T> {
    await this.#makeFolder();
    try {
      return await work();
    } catch (cause) {
      if (!isCode(cause, "ENOENT")) throw cause;
      this.#made = undefined;
      await this.#makeFolder();
      return work();
    }
  }

  async #makeFolder(): Promise<void> {
    this.#made ??= mkdir(this.#folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      this.#made = undefined;
      throw cause;
    });
    await this.#made;
    await this.#cleaned;
  }
}
