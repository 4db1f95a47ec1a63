/** Why a file cannot be used, as something that a program can decide by. */

import { isCode } from "./atomic-file.js";

/**
 * - `no_home`: the user has no home folder, and no path was given
 * - `unreadable`: the file or folder cannot be read
 * - `malformed`: the file is not what it should be
 * - `read_only`: the file or folder cannot be written
 * - `not_a_token`: what was given as a token cannot be one
 */
export type StorageErrorCode = "no_home" | "unreadable" | "malformed" | "read_only" | "not_a_token";

/** The message names the file and the system's reason, and never what is in the file. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly code: StorageErrorCode;
  /** Of the file or folder. */
  readonly path: string | undefined;

  constructor(code: StorageErrorCode, message: string, { path, cause }: { path?: string; cause?: unknown } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.path = path;
  }
}

export function noHome(): StorageError {
  return new StorageError("no_home", "This user has no home folder; name the folder to use.");
}

export function unreadable(path: string, cause: unknown): StorageError {
  return new StorageError("unreadable", `${path} cannot be read${reasonOf(cause)}.`, { path, cause });
}

export function malformed(path: string): StorageError {
  return new StorageError("malformed", `${path} has no sign-in in it, or is not valid JSON.`, { path });
}

export function readOnly(path: string, cause: unknown): StorageError {
  return new StorageError("read_only", `${path} cannot be written${reasonOf(cause)}.`, { path, cause });
}

export function notAToken(source: string): StorageError {
  return new StorageError("not_a_token", `${source} is not a token: it has spaces or signs that no token has.`);
}

/** What the system says where a file may not be touched, or is something else than a file. */
export function isDenied(cause: unknown): boolean {
  return isCode(cause, "EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR", "EEXIST", "ENOSPC", "EDQUOT");
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === undefined ? "" : ` (${code})`;
}
