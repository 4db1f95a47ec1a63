/**
 * Lines that were rendered before, in a file for each kind of call, with the times from which they are right. They are right while
 * nothing of the account's files has changed: what the core would say then is a function of the files and the time.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { accountFolder, authJsonPath, stateFolder, tokenPath } from "costrict-credit/node";

import { lineKey } from "./line-key.js";

const FOLDER = "statusline";
const SUFFIX = ".json";
/** A kind of call that was not made for so long is forgotten. */
const FILE_AGE_MAX_MS = 7 * 86_400_000;
const VALUE_SUFFIX = ".value";

/** From a time on, what stdout gets. */
export type TimedLine = readonly [from: number, text: string];

export interface LineFile {
  /** The files of the account that the lines are from. */
  inputs: string;
  lines: readonly TimedLine[];
  /** From then on the lines say nothing. */
  until: number;
  /** When the core's policy has the next refresh due; absent where no refresh is. */
  refreshAt?: number;
}

/** Where the lines of one kind of call are, and the state of the account's files at the time of asking. */
export class LinePlace {
  readonly #folder: string;
  readonly #path: string;

  /** @throws where the user has no home folder */
  constructor(words: readonly string[], isTerminal: boolean) {
    this.#folder = join(stateFolder(), FOLDER);
    this.#path = join(this.#folder, lineKey(words, isTerminal) + SUFFIX);
  }

  /** The stored lines, if they are those of the files as they are now. */
  read(): LineFile | undefined {
    try {
      const found = JSON.parse(readFileSync(this.#path, "utf8")) as LineFile;
      return found.inputs === this.inputs() ? found : undefined;
    } catch {
      return undefined;
    }
  }

  /** A file that says when a process was started for this kind of call. */
  get startMark(): string {
    return this.#path.slice(0, -SUFFIX.length);
  }

  /** Where nothing can be stored, each call renders its line. */
  write(file: LineFile): void {
    const temporary = `${this.#path}.${process.pid}`;
    try {
      makeFolder(this.#folder);
      writeFileSync(temporary, JSON.stringify(file), { mode: 0o600 });
      renameSync(temporary, this.#path);
    } catch {
      rmSync(temporary, { force: true });
    }
  }

  /** Every file that an account, its sign-in or its server is read from, by size, time and number. */
  inputs(): string {
    const folder = accountFolder();
    const values = namesIn(folder).filter((name) => name.endsWith(VALUE_SUFFIX));
    const signIns = [tokenPath(), authJsonPath()].filter((path) => path !== undefined);
    return [...values.sort().map((name) => join(folder, name)), ...signIns].map(stamp).join("\n");
  }

  /** Files of other kinds of calls and of killed processes, when they are old. */
  removeOld(now: number): void {
    for (const name of namesIn(this.#folder)) {
      const path = join(this.#folder, name);
      const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      if (at !== undefined && Math.abs(now - at) > FILE_AGE_MAX_MS) rmSync(path, { force: true });
    }
  }
}

/** The line for a time, and undefined where the stored ones do not reach it: also before them, after a step of the clock. */
export function lineAt({ lines, until }: LineFile, now: number): string | undefined {
  if (now >= until) return undefined;
  let text: string | undefined;
  for (const [from, line] of lines) if (now >= from) text = line;
  return text;
}

/** Not by Node's own recursion, which never ends in a file system that takes no folder. */
function makeFolder(path: string, isRetry = false): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || isRetry || dirname(path) === path) throw cause;
    makeFolder(dirname(path));
    makeFolder(path, true);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function stamp(path: string): string {
  try {
    const { mtimeNs, ctimeNs, size, ino } = statSync(path, { bigint: true });
    return `${path} ${mtimeNs} ${ctimeNs} ${size} ${ino}`;
  } catch (cause) {
    return `${path} ${(cause as NodeJS.ErrnoException).code}`;
  }
}
