/** Colours and bars. Colour never says what the text does not. */

import type { Share, Tone } from "costrict-credit";
import { createColors } from "picocolors";

export type Paint = ReturnType<typeof createColors>;

interface Target {
  isTTY?: boolean | undefined;
}

/** Whether to colour: `FORCE_COLOR` and `NO_COLOR` as https://no-color.org and https://force-color.org say; else only terminals. */
export function hasColor(stream: Target, wanted: boolean, env: NodeJS.ProcessEnv = process.env): boolean {
  if (!wanted || env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0";
  return stream.isTTY === true && env.TERM !== "dumb";
}

export function paintFor(isColored: boolean): Paint {
  return createColors(isColored);
}

export function toned(paint: Paint, tone: Tone, text: string): string {
  if (tone === "error") return paint.red(text);
  if (tone === "warning") return paint.yellow(text);
  return tone === "good" ? paint.green(text) : text;
}

/** A bar of a whole number of cells. A share above zero has at least one. Without a share the track is empty. */
export function bar(paint: Paint, share: Share | undefined, cells: number, tone: Tone = "neutral"): string {
  const filled = share === undefined || share <= 0 ? 0 : Math.min(cells, Math.max(1, Math.round(share * cells)));
  return toned(paint, tone, "█".repeat(filled)) + paint.dim("░".repeat(cells - filled));
}
