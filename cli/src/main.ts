#!/usr/bin/env node
/** The program. A status line is drawn many times a minute: its way loads nothing of the other commands. */

import { isTerminalOutput, STDERR, STDOUT, write } from "./descriptor.js";
import { ExitCode } from "./exit-code.js";
import { BACKGROUND_COMMAND, startInBackground } from "./statusline/background.js";
import { LinePlace, lineAt } from "./statusline/line-file.js";

async function main(argv: readonly string[]): Promise<number> {
  const [command, ...words] = argv;
  if (command === "statusline") {
    const code = printStored(words) ? ExitCode.ok : await rendering().printStatusline(words);
    if (code !== undefined) return code;
  }
  if (command === BACKGROUND_COMMAND) return rendering().refreshInBackground(words);
  return (await import("./program.js")).run(argv);
}

/** The core, and what a line needs of the other commands. */
function rendering(): typeof import("./statusline/render.js") {
  return require("./statusline.cjs") as typeof import("./statusline/render.js");
}

/** Prints the line that was rendered before, if it is right now. */
function printStored(words: readonly string[]): boolean {
  try {
    const isTerminal = isTerminalOutput();
    const place = new LinePlace(words, isTerminal);
    const file = place.read();
    const now = Date.now();
    const text = file === undefined ? undefined : lineAt(file, now);
    if (text === undefined) return false;
    write(STDOUT, text);
    if (file?.refreshAt !== undefined && now >= file.refreshAt) startInBackground(place, words, isTerminal);
    return true;
  } catch {
    // No home folder.
    return false;
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (cause: unknown) => {
    write(STDERR, `costrict-credit: ${cause instanceof Error ? cause.message.split("\n", 1)[0] : "failed"}\n`);
    process.exitCode = ExitCode.noAnswer;
  },
);
