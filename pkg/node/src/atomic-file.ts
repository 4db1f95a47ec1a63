/** Files that are replaced whole: a reader sees the old text or the new one, also after the machine lost its power. */

import { constants } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file beside its target while it is written; this is how the ones of a killed process are recognised. */
const TEMPORARY = /\.(value|lock)\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
/** Writing one takes milliseconds. */
const TEMPORARY_AGE_MAX_MS = 60_000;

export function temporaryName(path: string): string {
  return `${path}.${crypto.randomUUID()}`;
}

/** Write, sync, rename, sync the folder. In another order a crash can leave an empty file under the right name. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeNewFile(temporary, text, true);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
  await syncFolder(dirname(path));
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

/** Rejects with EEXIST where the file exists. */
export async function writeNewFile(path: string, text: string, synced = false): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    if (synced) await file.sync();
  } finally {
    await file.close();
  }
}

/** Without the flag, opening a pipe waits for its other end. Windows has no such flag. */
const READ_WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The text of a file; undefined where there is none. What is no file, such as a pipe, is an error: reading it may never end. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, READ_WITHOUT_WAITING);
    try {
      const found = await file.stat();
      if (!found.isFile())
        throw Object.assign(new Error("not a file"), { code: found.isDirectory() ? "EISDIR" : "EFTYPE" });
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return undefined;
    throw cause;
  }
}

/**
 * A folder for this user alone, with the folders above it. Not by Node's own recursion: it never ends in a file system such as
 * /proc, in which a folder that exists takes no other one.
 */
export async function makeFolder(path: string, isRetry = false): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (cause) {
    const parent = dirname(path);
    if (isCode(cause, "ENOENT") && parent !== path && !isRetry) {
      await makeFolder(parent);
      await makeFolder(path, true);
    } else if ((await stat(path).catch(() => undefined))?.isDirectory() !== true) throw cause;
  }
}

/** Removes what killed processes left behind, and nothing that another window may be writing. */
export async function removeStaleFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(
    names
      .filter((name) => TEMPORARY.test(name))
      .map(async (name) => {
        const path = join(folder, name);
        const age = Date.now() - (await stat(path)).mtimeMs;
        // After a step of the clock a file can be from the future; it is just as old.
        if (Math.abs(age) > TEMPORARY_AGE_MAX_MS) await rm(path, { force: true });
      })
      .map((removing) => removing.catch(() => {})),
  );
}

/** Windows and some network drives cannot do this; there the rename has to be enough. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // The value itself is written and synced.
  }
}

export function isCode(cause: unknown, ...codes: string[]): boolean {
  return cause instanceof Error && codes.includes((cause as NodeJS.ErrnoException).code ?? "");
}
