/** The start of the package by its parts, as a program that a Node process or a page runs. */
import { reportTimes } from "./report.mjs";

/** What a start consists of. The parts are in the order in which they happen. */
export const PARTS = ["import", "compile", "instantiate", "first call"];

/**
 * The program: it imports the package from `specifier` and calls `done` with the milliseconds of each part.
 *
 * @param {{ specifier: string, bytes: string, done: string }} code `bytes` is an expression; reading the file is not measured
 */
export const startProgram = ({ specifier, bytes, done }) => `
  const bytes = ${bytes};
  const times = [performance.now()];
  const { load, CreditClient } = await import(${JSON.stringify(specifier)});
  times.push(performance.now());
  const module = await WebAssembly.compile(bytes);
  times.push(performance.now());
  await load(module);
  times.push(performance.now());
  new CreditClient({ token: async () => undefined, read: async () => undefined, write: async () => {} }).account();
  times.push(performance.now());
  const parts = times.slice(1).map((time, index) => time - times[index]);
  ${done}(JSON.stringify(parts));`;

/** Reports the parts of several starts, and the sum of those from `from` on: in a page, an import waits for requests. */
export function reportStarts(where, starts, from = "import") {
  reportTimes(
    `${where}: bytes to first account()`,
    starts.map((parts) => parts.slice(PARTS.indexOf(from)).reduce((sum, part) => sum + part)),
  );
  PARTS.forEach((part, index) => {
    reportTimes(
      `${where}: of it ${part}`,
      starts.map((parts) => parts[index]),
    );
  });
}
