/**
 * The sign-in that CoStrict's plugin and command line client share: `.costrict/share/auth.json` in the home folder. It is
 * theirs: read here, never written, and never renewed, since each renewal would end theirs.
 */

import { type Stats, watch as watchFolder } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { readToken, type SharedToken, type Warn, watchOrPoll } from "costrict-credit/panel-session";
import { isCode } from "./atomic-file.js";
import { malformed, unreadable } from "./storage-error.js";

const SIZE_MAX = 262_144;
const DEPTH_MAX = 5;
const POLL_INTERVAL_MS = 5_000;
const TOKEN_NAMES = ["access_token", "accessToken"];
const SERVER_NAMES = ["base_url", "baseUrl"];

type Fields = Record<string, unknown>;

export class AuthJson {
  readonly #path: string;
  readonly #warn: Warn | undefined;
  #warned = false;

  constructor(path: string, warn?: Warn) {
    this.#path = path;
    this.#warn = warn;
  }

  /** The sign-in in the file; undefined where the file is missing, malformed or not readable. */
  async read(): Promise<SharedToken | undefined> {
    // No permission, or a folder of that name: there is no sign-in to share.
    return this.load().catch(() => undefined);
  }

  /**
   * The sign-in in the file; undefined where there is no file.
   *
   * @throws a StorageError: "unreadable" for a file that cannot be read, "malformed" for one without a sign-in
   */
  async load(): Promise<SharedToken | undefined> {
    const file = await statOf(this.#path);
    if (file === undefined) return undefined;
    // Reading a pipe or a device would never end.
    if (!file.isFile() || file.size > SIZE_MAX) throw malformed(this.#path);
    if (process.platform !== "win32" && (file.mode & 0o077) !== 0) this.#warnOnce();
    const text = await readFile(this.#path, "utf8").catch((cause: unknown) => {
      throw unreadable(this.#path, cause);
    });
    const read = readAuthJson(text);
    if (read === undefined) throw malformed(this.#path);
    return { ...read, at: file.mtimeMs };
  }

  watch(changed: () => void): () => void {
    const name = basename(this.#path);
    return watchOrPoll(
      {
        name: "The sign-in of CoStrict's plugin",
        start: this.#watch,
        fingerprint: this.#fingerprint,
        warn: this.#warn,
      },
      (changedName) => {
        if (changedName === null || changedName === name) changed();
      },
      POLL_INTERVAL_MS,
    );
  }

  /** The folder, since programs replace the file by another one. */
  readonly #watch = (changed: (name: string | null) => void, failed: (cause: unknown) => void): (() => void) => {
    const watcher = watchFolder(dirname(this.#path), { persistent: false }, (_event, name) => changed(name));
    watcher.on("error", (cause) => {
      watcher.close();
      failed(cause);
    });
    return () => watcher.close();
  };

  readonly #fingerprint = async (): Promise<string> => {
    const found = await stat(this.#path).catch(() => undefined);
    return found === undefined ? "" : `${found.mtimeMs} ${found.size} ${found.ino}`;
  };

  #warnOnce(): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#warn?.(
      "Other users of this machine can read the sign-in of CoStrict's plugin: the mode of its file should be 0600.",
    );
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if (isCode(cause, "ENOENT", "ENOTDIR")) return undefined;
    throw unreadable(path, cause);
  }
}

/** Reads the text of the file: the outermost token in it, whatever it is nested in, with the server beside or above it. */
export function readAuthJson(text: string): { token: string; server?: string } | undefined {
  let level: { fields: Fields; server?: string }[];
  try {
    level = [{ fields: JSON.parse(text.replace(/^\ufeff/, "")) as Fields }];
  } catch {
    return undefined;
  }
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    const inside: typeof level = [];
    for (const { fields, server: above } of level) {
      if (typeof fields !== "object" || fields === null) continue;
      const server = firstText(fields, SERVER_NAMES) ?? above;
      const token = readToken(firstText(fields, TOKEN_NAMES) ?? "");
      if (token !== undefined) return { token, ...(server === undefined ? {} : { server }) };
      for (const value of Object.values(fields)) {
        inside.push({ fields: value as Fields, ...(server === undefined ? {} : { server }) });
      }
    }
    level = inside;
  }
  return undefined;
}

function firstText(fields: Fields, names: string[]): string | undefined {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  return undefined;
}
