/** The storage of the Node host: one file for each key, replaced whole, and lock files that are made under exclusion. */

import { randomUUID } from "node:crypto";
import { watch as watchFolder } from "node:fs";
import { link, mkdir, open, readFile, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";

import { fileName, type Store } from "./store.js";

/** Several writes of one reading wake the other windows once. */
const SETTLE_MS = 100;

interface Claim {
  owner: string;
  until: number;
}

export class FileStore implements Store {
  readonly #folder: string;
  readonly #owner = randomUUID();
  #made: Promise<unknown> | undefined;
  /** By file, what this window wrote last and before that: an event may be older than the last write. */
  readonly #written = new Map<string, (string | undefined)[]>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(key: string): Promise<string | undefined> {
    return readText(this.#path(key));
  }

  async write(key: string, value: string | undefined): Promise<void> {
    await this.#makeFolder();
    const name = fileName(key);
    this.#written.set(name, [value, this.#written.get(name)?.[0]]);
    if (value === undefined) await rm(this.#path(key), { force: true });
    else await this.#replace(this.#path(key), value);
  }

  async lock(name: string, ttl: number): Promise<boolean> {
    await this.#makeFolder();
    const path = this.#lockPath(name);
    const claim = JSON.stringify({ owner: this.#owner, until: Date.now() + ttl } satisfies Claim);
    if (await this.#create(path, claim)) return true;
    const found = await readText(path);
    const held = found === undefined ? undefined : readClaim(found);
    if (found !== undefined && held?.owner === this.#owner && held.until > Date.now()) {
      await this.#replace(path, claim);
      return true;
    }
    if (held !== undefined && held.until > Date.now()) return false;
    if (found !== undefined && !(await this.#putAside(path, found))) return false;
    return this.#create(path, claim);
  }

  async unlock(name: string): Promise<void> {
    const path = this.#lockPath(name);
    const found = await readText(path);
    if (found !== undefined && readClaim(found)?.owner === this.#owner) await rm(path, { force: true });
  }

  watch(changed: () => void): () => void {
    let stopped = false;
    let stop = () => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = async (name: string | null) => {
      if (name !== null && (!name.endsWith(".value") || (await this.#isOwn(name)))) return;
      if (stopped) return;
      // Not put off by further writes: a busy window must not keep the others waiting.
      timer ??= setTimeout(() => {
        timer = undefined;
        changed();
      }, SETTLE_MS);
    };
    this.#makeFolder().then(
      () => {
        if (stopped) return;
        const watcher = watchFolder(this.#folder, { persistent: false }, (_event, name) => void heard(name));
        // A folder that cannot be watched any longer costs freshness between refreshes, nothing else.
        watcher.on("error", () => watcher.close());
        stop = () => watcher.close();
      },
      () => {},
    );
    return () => {
      stopped = true;
      clearTimeout(timer);
      stop();
    };
  }

  /** Whether the file says what this window wrote. One that cannot be read may be another's. */
  async #isOwn(name: string): Promise<boolean> {
    const written = this.#written.get(name.slice(0, -".value".length));
    if (written === undefined) return false;
    try {
      return written.includes(await readText(join(this.#folder, name)));
    } catch {
      return false;
    }
  }

  #path(key: string): string {
    return join(this.#folder, `${fileName(key)}.value`);
  }

  #lockPath(name: string): string {
    return join(this.#folder, `${fileName(name)}.lock`);
  }

  async #makeFolder(): Promise<void> {
    this.#made ??= mkdir(this.#folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      this.#made = undefined;
      throw cause;
    });
    await this.#made;
  }

  async #replace(path: string, text: string): Promise<void> {
    const fresh = this.#aside(path);
    try {
      const file = await open(fresh, "wx", 0o600);
      try {
        await file.writeFile(text);
      } finally {
        await file.close();
      }
      await rename(fresh, path);
    } catch (cause) {
      await rm(fresh, { force: true });
      throw cause;
    }
  }

  async #create(path: string, text: string): Promise<boolean> {
    // Written first and linked then: nobody ever reads a lock file that is half written.
    const fresh = this.#aside(path);
    try {
      const file = await open(fresh, "wx", 0o600);
      try {
        await file.writeFile(text);
      } finally {
        await file.close();
      }
      await link(fresh, path);
      return true;
    } catch (cause) {
      if (isCode(cause, "EEXIST")) return false;
      throw cause;
    } finally {
      await rm(fresh, { force: true });
    }
  }

  /** Takes away a lock whose time is over. False when another window was quicker. */
  async #putAside(path: string, stale: string): Promise<boolean> {
    const aside = this.#aside(path);
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
    await link(aside, path).catch(() => {});
    await unlink(aside);
    return false;
  }

  #aside(path: string): string {
    return `${path}.${randomUUID()}`;
  }
}

function readClaim(text: string): Claim | undefined {
  try {
    const claim = JSON.parse(text) as Partial<Claim>;
    return typeof claim.owner === "string" && typeof claim.until === "number" ? (claim as Claim) : undefined;
  } catch {
    return undefined;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return undefined;
    throw cause;
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === code;
}
