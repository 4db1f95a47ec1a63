/** A program's own sign-ins, in a file that only its user can read. */

import { chmod, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";

import { readToken, type TokenPair } from "costrict-credit/panel-session";

import { isCode, readText, replaceFile } from "./atomic-file.js";
import { stateFolder } from "./folders.js";
import { isDenied, malformed, notAToken, readOnly, unreadable } from "./storage-error.js";

type SignIns = Record<string, TokenPair>;

/**
 * One sign-in for each server, in a file of mode 0600 that is replaced whole.
 *
 * Invariant: a token goes to the server that gave it and to no other, so each call names the server.
 */
export class TokenFile {
  readonly path: string;

  /** @param path default: `token.json` in the folder for the state of programs; without a home folder that throws "no_home" */
  constructor(path = join(stateFolder(), "token.json")) {
    this.path = path;
  }

  /**
   * The sign-in at a server; undefined where there is none.
   *
   * @throws a StorageError: "unreadable", or "malformed" where the file is not valid JSON of this kind
   */
  async read(server: string): Promise<TokenPair | undefined> {
    const signIns = await this.#load();
    return Object.hasOwn(signIns, server) ? signIns[server] : undefined;
  }

  /**
   * Stores a sign-in, in place of the one before. A malformed file is replaced.
   *
   * @throws a StorageError: "read_only", or "not_a_token"
   */
  async save(server: string, { token, renewal }: TokenPair): Promise<void> {
    const readable = readToken(token);
    if (readable === undefined) throw notAToken("The token to save");
    const others = await this.#load().catch(() => ({}));
    await this.#write({ ...others, [server]: { token: readable, ...(renewal === undefined ? {} : { renewal }) } });
  }

  /** Forgets the sign-in at a server. */
  async remove(server: string): Promise<void> {
    const { [server]: removed, ...others } = await this.#load();
    if (removed !== undefined) await this.#write(others);
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
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      // The new file is created with mode 0600.
      await replaceFile(this.path, `${JSON.stringify({ signIns }, undefined, 2)}\n`);
      await chmod(this.path, 0o600);
    } catch (cause) {
      throw isDenied(cause) ? readOnly(this.path, cause) : cause;
    }
  }
}

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
