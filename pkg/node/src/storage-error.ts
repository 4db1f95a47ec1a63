/** Why a file cannot be used, as something that a program can decide by. */

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

/** Whether the system refused: permissions, a full disk, something else than a file, a loop of links, and so on. */
export function isDenied(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    !(cause instanceof StorageError) &&
    typeof (cause as NodeJS.ErrnoException).code === "string"
  );
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === undefined ? "" : ` (${code})`;
}
