/** Where lines go: their colours, and how wide they may be. */

import type { Paint } from "./paint.js";
import { wrap } from "./table.js";
import type { Writer } from "./writer.js";

export interface Screen {
  paint: Paint;
  width: number;
  /** Sentences are broken; lines that were laid out already are not. */
  wrapped(sentence: string): string[];
}

export function screenOf({ paint, width }: Pick<Writer, "paint" | "width">): Screen {
  return { paint, width, wrapped: (sentence) => (Number.isFinite(width) ? wrap(sentence, width) : [sentence]) };
}
