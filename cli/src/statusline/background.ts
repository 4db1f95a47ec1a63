/** Work that no line waits for, in a process of its own: a refresh where one is due, and the lines of the time to come. */

import { statSync, writeFileSync } from "node:fs";

import type { LinePlace } from "./line-file.js";

/** The name under which the program starts itself. */
export const BACKGROUND_COMMAND = "refresh-in-background";
/** For as long no second process is started for the same kind of call. */
const START_INTERVAL_MS = 10_000;

/** One at a time for a kind of call. Where that cannot be noted, none: nothing could be stored by it either. */
export function startInBackground(place: LinePlace, words: readonly string[], isTerminal: boolean): void {
  if (!claimStart(place.startMark)) return;
  // Loaded when it is needed, once in a while: it takes longer to load than all of a stored line.
  const { spawn } = require("node:child_process") as typeof import("node:child_process");
  const child = spawn(process.execPath, [process.argv[1] ?? "", BACKGROUND_COMMAND, String(isTerminal), ...words], {
    detached: true,
    stdio: "ignore",
    windowsHide: true,
  });
  // Without a second process the next call in the foreground asks the server.
  child.on("error", () => {});
  child.unref();
}

function claimStart(mark: string): boolean {
  const started = statSync(mark, { throwIfNoEntry: false })?.mtimeMs;
  if (started !== undefined && Math.abs(Date.now() - started) < START_INTERVAL_MS) return false;
  try {
    writeFileSync(mark, "", { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}
