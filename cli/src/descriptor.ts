/** Writing to stdout and stderr without Node's streams, which take long to load. */

import { fstatSync, writeSync } from "node:fs";

export const STDOUT = 1;
export const STDERR = 2;

/**
 * In one synchronous call, so that nothing is lost when the program ends. A pipe whose reader has gone is no error.
 *
 * @returns whether there is a reader
 */
export function write(descriptor: number, text: string): boolean {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EPIPE") return false;
      // A pipe that is full takes more when its reader has read.
      if (code !== "EAGAIN") throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return true;
}

/** Whether stdout is a terminal. Node's own answer loads its streams, so what cannot be one is found before. */
export function isTerminalOutput(): boolean {
  try {
    return fstatSync(STDOUT).isCharacterDevice() && process.stdout.isTTY === true;
  } catch {
    return false;
  }
}
