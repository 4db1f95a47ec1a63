/** A program's own sign-ins, in a file that only its user can read. */

import { chmod } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { readToken, serverAddress, type TokenPair } from "costrict-credit/panel-session";

import { isCode, makeFolder, readText, replaceFile } from "./atomic-file.js";
import { FileLock } from "./file-lock.js";
import { tokenPath } from "./folders.js";
import { isDenied, malformed, notAToken, readOnly, StorageError, unreadable } from "./storage-error.js";

type SignIns = Record<string, TokenPair>;

/** A change takes milliseconds; a lock that is older is that of a program that was killed. */
const LOCK_AGE_MAX_MS = 3_000;
const LOCK_RETRY_MS = 20;

/**
 * One sign-in for each server, in a file of mode 0600 that is replaced whole.
 *
 * Invariant: a token goes to the server that gave it and to no other, so each call names the server.
 */
export class TokenFile {
  readonly path: string;

  /** @param path default: `token.json` in the folder for the state of programs; without a home folder that throws "no_home" */
  constructor(path = tokenPath()) {
    this.path = path;
  }

  /**
   * The sign-in at a server; undefined where there is none.
   *
   * @throws a StorageError: "unreadable", or "malformed" where the file is not valid JSON of this kind
   */
  async read(server: string): Promise<TokenPair | undefined> {
    const signIns = await this.#load();
    const name = nameOf(server);
    return Object.hasOwn(signIns, name) ? signIns[name] : undefined;
  }

  /**
   * Stores a sign-in, in place of the one before. A malformed file is replaced.
   *
   * @throws a StorageError: "read_only", "not_a_token", or "unreadable": the sign-ins at other servers would be lost
   */
  async save(server: string, { token, renewal }: TokenPair): Promise<void> {
    const readable = readToken(token);
    if (readable === undefined) throw notAToken("The token to save");
    const pair = { token: readable, ...(renewal === undefined ? {} : { renewal }) };
    await this.#change(async () => {
      const others = await this.#load().catch((cause: unknown): SignIns => {
        if (cause instanceof StorageError && cause.code === "malformed") return {};
        throw cause;
      });
      return { ...others, [nameOf(server)]: pair };
    });
  }

  /** Forgets the sign-in at a server. */
  async remove(server: string): Promise<void> {
    const name = nameOf(server);
    if (!Object.hasOwn(await this.#load(), name)) return;
    await this.#change(async () => {
      const { [name]: _removed, ...others } = await this.#load();
      return others;
    });
  }

  /** One program at a time: each writes all sign-ins, and would lose one that another program saves meanwhile. */
  async #change(next: () => Promise<SignIns>): Promise<void> {
    const lock = new FileLock(crypto.randomUUID());
    const path = `${this.path}.lock`;
    try {
      await makeFolder(dirname(this.path));
      while (!(await lock.acquire(path, LOCK_AGE_MAX_MS))) await delay(LOCK_RETRY_MS);
      try {
        await this.#write(await next());
      } finally {
        await lock.release(path);
      }
    } catch (cause) {
      throw isDenied(cause) ? readOnly(this.path, cause) : cause;
    }
  }

  async #load(): Promise<SignIns> {
    let text: string | undefined;
    try {
      text = await readText(this.path);
    } catch (cause) {
      if (isCode(cause, "ENOTDIR")) return {};
      throw unreadable(this.path, cause);
    }
    if (text === undefined) return {};
    const signIns = readSignIns(text);
    if (signIns === undefined) throw malformed(this.path);
    return signIns;
  }

  async #write(signIns: SignIns): Promise<void> {
    // The new file is created with mode 0600.
    await replaceFile(this.path, `${JSON.stringify({ signIns }, undefined, 2)}\n`);
    await chmod(this.path, 0o600);
  }
}

/** Spellings of one address are one server. */
const nameOf = (server: string): string => serverAddress(server) ?? server;

/** Undefined for a text that this class did not write. Entries without a token are left out. */
function readSignIns(text: string): SignIns | undefined {
  let read: unknown;
  try {
    read = (JSON.parse(text) as { signIns?: unknown } | null)?.signIns;
  } catch {
    return undefined;
  }
  if (typeof read !== "object" || read === null) return undefined;
  const signIns: SignIns = {};
  for (const [server, entry] of Object.entries(read as Record<string, Partial<TokenPair> | null>)) {
    const token = readToken(typeof entry?.token === "string" ? entry.token : "");
    if (token === undefined) continue;
    signIns[server] = { token, ...(typeof entry?.renewal === "string" ? { renewal: entry.renewal } : {}) };
  }
  return signIns;
}
