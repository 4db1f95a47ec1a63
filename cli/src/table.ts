/** Tables for a terminal: columns by what they look like, not by how many characters they have. */

import type { Table } from "costrict-credit";
import stringWidth from "string-width";

import type { Paint } from "./paint.js";

const GAP = 2;
const COLUMN_WIDTH_MIN = 6;

/** The lines of a table. Where it is wider than `width`, its widest text columns are cut. */
export function tableLines(table: Table, paint: Paint, width: number): string[] {
  const head = table.columns.map(({ label }) => label);
  const rows = [head, ...table.rows, ...(table.total === undefined ? [] : [table.total])];
  const used = table.columns.map((_, index) => rows.some((row) => (row[index] ?? "") !== "" && row !== head));
  const columns = table.columns.map(({ numeric }, index) => ({ numeric, index })).filter(({ index }) => used[index]);
  const widths = fit(
    columns.map(({ index, numeric }) => ({
      numeric,
      width: Math.max(...rows.map((row) => stringWidth(row[index] ?? ""))),
    })),
    width - GAP * (columns.length - 1),
  );
  const line = (row: string[]) =>
    columns
      .map(({ index, numeric }, at) => pad(cut(row[index] ?? "", widths[at] ?? 0), widths[at] ?? 0, numeric))
      .join(" ".repeat(GAP))
      .trimEnd();
  return [
    paint.dim(line(head)),
    ...table.rows.map(line),
    ...(table.total === undefined ? [] : [paint.bold(line(table.total))]),
  ];
}

/** Takes from the widest text column until all fit. Numbers are never cut: a cut number is another number. */
function fit(columns: { width: number; numeric: boolean }[], available: number): number[] {
  const widths = columns.map(({ width }) => width);
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  while (excess > 0) {
    let widest = -1;
    columns.forEach(({ numeric }, index) => {
      const own = widths[index] ?? 0;
      if (!numeric && own > COLUMN_WIDTH_MIN && own > (widths[widest] ?? 0)) widest = index;
    });
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
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

/** Lines of at most `width` cells, broken at spaces, or between any two characters of scripts that have none. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const { segment } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(paragraph)) {
      if (line !== "" && stringWidth((line + segment).trimEnd()) > width) {
        lines.push(line.trimEnd());
        line = segment.trimStart();
      } else line += segment;
    }
    lines.push(line.trimEnd());
  }
  return lines;
}
