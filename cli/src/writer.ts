/** What the program prints: results on stdout, remarks and errors on stderr. */

import { writeSync } from "node:fs";

import type { GlobalFlags } from "./environment.js";
import { widthOf } from "./environment.js";
import type { Output } from "./output-types.js";
import { hasColor, type Paint, paintFor } from "./paint.js";
import { wrap } from "./table.js";

const STDOUT = 1;
const STDERR = 2;

export class Writer {
  readonly width = widthOf(process.stdout);
  readonly paint: Paint;
  readonly #errorPaint: Paint;
  readonly isJson: boolean;
  readonly #isQuiet: boolean;

  constructor(flags: Pick<GlobalFlags, "json" | "quiet" | "color">) {
    this.isJson = flags.json === true;
    this.#isQuiet = flags.quiet === true;
    this.paint = paintFor(hasColor(process.stdout, flags.color));
    this.#errorPaint = paintFor(hasColor(process.stderr, flags.color));
  }

  /** Lines for people, broken where the terminal ends; none with `--json` or `--quiet`. */
  lines(lines: readonly string[]): void {
    if (this.isJson || this.#isQuiet || lines.length === 0) return;
    write(STDOUT, `${lines.join("\n")}\n`);
  }

  /** Sentences are broken; lines that were laid out already are not. */
  readonly wrapped = (sentence: string): string[] =>
    Number.isFinite(this.width) ? wrap(sentence, this.width) : [sentence];

  /** One object in one line, with `--json` only. */
  json(output: Output): void {
    if (this.isJson) write(STDOUT, `${JSON.stringify(output)}\n`);
  }

  /** Text as it is, such as an exported file. */
  raw(text: string): void {
    write(STDOUT, text);
  }

  note(sentence: string): void {
    if (!this.#isQuiet) write(STDERR, `${this.#errorPaint.dim(sentence)}\n`);
  }

  warn(sentence: string): void {
    if (!this.#isQuiet) write(STDERR, `${this.#errorPaint.yellow(sentence)}\n`);
  }

  error(sentence: string): void {
    write(STDERR, `${this.#errorPaint.red(`costrict-credit: ${sentence}`)}\n`);
  }
}

/** In one synchronous call, so that nothing is lost when the program ends. A pipe whose reader has gone is no error. */
export function write(descriptor: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EPIPE") return;
      // A pipe that is full takes more when its reader has read.
      if (code !== "EAGAIN") throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
