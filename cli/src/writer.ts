/** What the program prints: results on stdout, remarks and errors on stderr. */

import { isTerminalOutput, STDERR, STDOUT, write } from "./descriptor.js";
import type { GlobalFlags } from "./environment.js";
import { widthOf } from "./environment.js";
import type { Output } from "./output-types.js";
import { hasColor, type Paint, paintFor } from "./paint.js";

type OutputFlags = Pick<GlobalFlags, "json" | "quiet" | "color">;

export class Writer {
  readonly paint: Paint;
  readonly isJson: boolean;
  readonly #isQuiet: boolean;
  readonly #hasColor: boolean;

  /** @param isTerminal whether stdout is one; a process in the background prints for another one's */
  constructor({ json, quiet, color }: OutputFlags, isTerminal = isTerminalOutput()) {
    this.isJson = json === true;
    this.#isQuiet = quiet === true;
    this.#hasColor = color;
    this.paint = paintFor(hasColor({ isTTY: isTerminal }, color));
  }

  get width(): number {
    return widthOf(process.stdout);
  }

  /** Lines for people, broken where the terminal ends; none with `--json` or `--quiet`. */
  lines(lines: readonly string[]): void {
    write(STDOUT, this.linesText(lines));
  }

  linesText(lines: readonly string[]): string {
    return this.isJson || this.#isQuiet || lines.length === 0 ? "" : `${lines.join("\n")}\n`;
  }

  /** One object in one line, with `--json` only. Returns whether stdout has a reader. */
  json(output: Output): boolean {
    return write(STDOUT, this.jsonText(output));
  }

  jsonText(output: Output): string {
    return this.isJson ? `${JSON.stringify(output)}\n` : "";
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

  get #errorPaint(): Paint {
    return paintFor(hasColor(process.stderr, this.#hasColor));
  }
}
