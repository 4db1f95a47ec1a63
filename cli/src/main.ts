#!/usr/bin/env node
/** The program. A status line is drawn many times a minute: its way loads nothing of the other commands. */

import { refreshInBackground } from "./background.js";
import { ExitCode } from "./exit-code.js";
import { printStatusline } from "./statusline.js";

async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  const printed = command === "statusline" ? await printStatusline(rest) : undefined;
  if (printed !== undefined) return printed;
  if (command === "refresh-in-background") return refreshInBackground();
  return (await import("./program.js")).run(argv);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (cause: unknown) => {
    process.stderr.write(`costrict-credit: ${cause instanceof Error ? cause.message.split("\n", 1)[0] : "failed"}\n`);
    process.exitCode = ExitCode.noAnswer;
  },
);
