/** Files that are replaced whole: a reader sees the old text or the new one, also after the machine lost its power. */

import { randomUUID } from "node:crypto";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file beside its target while it is written; this is how the ones of a killed process are recognised. */
const TEMPORARY = /\.(value|lock)\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
/** Writing one takes milliseconds. */
const TEMPORARY_AGE_MAX_MS = 60_000;

export function temporaryName(path: string): string {
  return `${path}.${randomUUID()}`;
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

/** The text of a file; undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return undefined;
    throw cause;
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
