/** Tables for a terminal: columns by what they look like, not by how many characters they have. */

import type { Table } from "costrict-credit";
import stringWidth from "string-width";

import type { Paint } from "./paint.js";

const GAP = 2;
const GAP_TEXT = " ".repeat(GAP);
/** A text that is cut shorter says nothing any more. */
const TEXT_WIDTH_MIN = 10;

/**
 * The lines of a table. Where it is wider than `width`, its widest text columns are cut; where that leaves too little of them,
 * each row is wrapped instead.
 */
export function tableLines(table: Table, paint: Paint, width: number): string[] {
  const head = table.columns.map(({ label }) => label);
  const body = [...table.rows, ...(table.total === undefined ? [] : [table.total])];
  const columns = table.columns
    .map(({ numeric }, index) => ({ numeric, index }))
    .filter(({ index }) => body.some((row) => (row[index] ?? "") !== ""))
    .map((column) => ({
      ...column,
      width: Math.max(...[head, ...body].map((row) => stringWidth(row[column.index] ?? ""))),
    }));
  const widths = fit(columns, width - GAP * (columns.length - 1));
  if (widths === undefined) return body.flatMap((row) => wrappedRow(row, width));
  const line = (row: string[]) =>
    columns
      .map(({ index, numeric }, at) => pad(cut(row[index] ?? "", widths[at] ?? 0), widths[at] ?? 0, numeric))
      .join(GAP_TEXT)
      .trimEnd();
  return [
    paint.dim(line(head)),
    ...table.rows.map(line),
    ...(table.total === undefined ? [] : [paint.bold(line(table.total))]),
  ];
}

/**
 * Takes from the widest text column until all fit; undefined where they cannot. Numbers are never cut, since a cut number is
 * another number, nor is the first column, which says what its row is about.
 */
function fit(columns: { width: number; numeric: boolean }[], available: number): number[] | undefined {
  const widths = columns.map(({ width }) => width);
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  for (; excess > 0; excess -= 1) {
    let widest = -1;
    columns.forEach(({ numeric }, index) => {
      const own = widths[index] ?? 0;
      if (index > 0 && !numeric && own > TEXT_WIDTH_MIN && own > (widths[widest] ?? 0)) widest = index;
    });
    if (widest < 0) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function wrappedRow(row: string[], width: number): string[] {
  const [first = "", ...more] = wrap(row.filter((cell) => cell !== "").join(GAP_TEXT), width - GAP);
  return [first, ...more.map((line) => GAP_TEXT + line)];
}

export function pad(text: string, width: number, atEnd = false): string {
  const room = " ".repeat(Math.max(0, width - stringWidth(text)));
  return atEnd ? room + text : text + room;
}

/** At most `width` cells; never half of a wide character. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Lines of at most `width` cells, broken after spaces, and between words of scripts that have none. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const piece of unbreakable(paragraph)) {
      if (line !== "" && stringWidth((line + piece).trimEnd()) > width) {
        lines.push(line.trimEnd());
        line = "";
      }
      line += piece;
    }
    return [...lines, line.trimEnd()];
  });
}

/** What stays in one line, with the spaces after it. */
function unbreakable(paragraph: string): string[] {
  const pieces: string[] = [];
  for (const { segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(paragraph)) {
    const before = pieces.at(-1);
    const isWide = before !== undefined && isWordLike === true && stringWidth(before.slice(-1)) === 2;
    if (before === undefined || isWide || (/\s$/.test(before) && segment.trim() !== "")) pieces.push(segment);
    else pieces[pieces.length - 1] = before + segment;
  }
  return pieces;
}
