/** The lines of the time to come, found by rendering: what changes a line only by the passing of time goes one way. */

import type { TimedLine } from "./line-file.js";

/** Ages are in words of minutes, so at most one of them begins in a step. */
const STEP_MS = 20_000;
const LINES_MAX = 120;

/**
 * Each line from `from` on, with the millisecond from which it is right.
 *
 * @param render what the core says at a time
 * @returns also until when they reach: `until`, or less where there are too many
 */
export function linesAhead(
  render: (at: number) => string,
  from: number,
  until: number,
): { lines: TimedLine[]; until: number } {
  let text = render(from);
  const lines: TimedLine[] = [[from, text]];
  for (let at = from; at < until; ) {
    const end = Math.min(at + STEP_MS, until);
    const last = render(end);
    while (text !== last) {
      if (lines.length === LINES_MAX) return { lines, until: at };
      at = firstOther(render, text, at, end);
      text = render(at);
      lines.push([at, text]);
    }
    at = end;
  }
  return { lines, until };
}

/** The first millisecond after `before` at which the line is another one; at `after` it is. */
function firstOther(render: (at: number) => string, text: string, before: number, after: number): number {
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (render(middle) === text) low = middle;
    else high = middle;
  }
  return high;
}
