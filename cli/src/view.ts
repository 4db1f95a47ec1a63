/** Sections of the core's panel as lines of a terminal. Every sentence and amount is the core's. */

import type {
  BalanceSection,
  ForecastSection,
  LadderSection,
  Line,
  PanelView,
  ProblemLine,
  RecordsSection,
  Rung,
  SendEstimate,
  UsageSection,
} from "costrict-credit";
import stringWidth from "string-width";

import { sectionOf } from "./call.js";
import { bar, toned } from "./paint.js";
import type { Screen } from "./screen.js";
import { pad, tableLines } from "./table.js";

const BAR_CELLS_MAX = 40;
const RUNG_BAR_CELLS = 12;

/** Balance, ladder and forecast: all that `status` shows. */
export function accountLines(panel: PanelView, screen: Screen, rungsMax: number): string[] {
  const [balance, ladder, forecast] = [
    sectionOf(panel, "balance"),
    sectionOf(panel, "ladder"),
    sectionOf(panel, "forecast"),
  ];
  return [
    ...(balance === undefined ? screen.wrapped(panel.summary) : balanceLines(balance, screen)),
    ...(ladder === undefined ? [] : ["", ...ladderLines(ladder, screen, rungsMax)]),
    ...(forecast === undefined ? [] : ["", ...forecastLines(forecast, screen)]),
  ];
}

function balanceLines(section: BalanceSection, screen: Screen): string[] {
  const { paint } = screen;
  const { headline, meter } = section;
  const cells = Math.min(BAR_CELLS_MAX, screen.width - stringWidth(section.used) - 2);
  const lines: (Line | undefined)[] = [section.held, section.overdrawn, ...section.changes, section.breakdownLags];
  return [
    `${toned(paint, headline.tone, paint.bold(headline.value))} ${headline.caption}`,
    ...(cells < 8 ? [section.used] : [`${bar(paint, meter.share, cells, meter.tone)}  ${section.used}`]),
    ...(section.requestsLeft === undefined ? [] : screen.wrapped(section.requestsLeft)),
    ...lines.flatMap((line) => toneLines(line, screen)),
    ...[section.budget, section.weekBudget].flatMap((budget) =>
      budget === undefined ? [] : screen.wrapped(budget.text),
    ),
    ...toneLines(section.freshness, screen).map((line) => paint.dim(line)),
    ...(section.empty === undefined ? [] : screen.wrapped(`${section.empty.title} ${section.empty.text}`)),
  ];
}

export function ladderLines(section: LadderSection, screen: Screen, rungsMax = Number.POSITIVE_INFINITY): string[] {
  const shown = section.rungs.slice(0, rungsMax);
  const amounts = Math.max(0, ...shown.map(({ amount }) => stringWidth(amount)));
  return [
    screen.paint.bold(section.title),
    ...(section.note === undefined ? [] : screen.wrapped(section.note)),
    ...shown.flatMap((rung) => rungLines(rung, amounts, screen)),
    ...(section.more === undefined ? [] : screen.wrapped(section.more)),
  ];
}

function rungLines(rung: Rung, amountWidth: number, { paint, wrapped, width }: Screen): string[] {
  const when = rung.when === undefined ? (rung.noExpiry ?? "") : `${rung.when.words} (${rung.when.exact})`;
  const badges = rung.badges.map(({ label, tone }) => toned(paint, tone, label)).join(" · ");
  const own = rung.share ?? 0;
  const track = width < 60 ? "" : `${bar(paint, rung.share === undefined ? undefined : own, RUNG_BAR_CELLS)}  `;
  const start = `${pad(rung.amount, amountWidth, true)}  ${track}${when}`;
  const line = badges === "" ? start : `${start}  ${badges}`;
  const isFitting = stringWidth(line) <= width;
  const indent = " ".repeat(amountWidth + 2);
  const more = [
    ...(rung.source === undefined ? [] : [rung.source]),
    ...(rung.when?.serverDay === undefined ? [] : [rung.when.serverDay]),
    ...(rung.lapsing === undefined ? [] : [toned(paint, rung.lapsing.tone, rung.lapsing.text)]),
  ];
  const lines = isFitting ? [line] : [...wrapped(start), ...(badges === "" ? [] : [indent + badges])];
  return [...lines, ...more.map((text) => indent + paint.dim(text))];
}

export function forecastLines(section: ForecastSection, screen: Screen): string[] {
  return [
    screen.paint.bold(section.title),
    ...section.lines.flatMap((line) => toneLines(line, screen)),
    ...(section.basis === undefined ? [] : screen.wrapped(section.basis).map((line) => screen.paint.dim(line))),
  ];
}

export function usageLines(section: UsageSection, screen: Screen, isByModel: boolean): string[] {
  const { paint } = screen;
  const table = isByModel ? section.modelTable : section.table;
  const sentences = [section.total, section.before, section.peak, section.note].filter((text) => text !== undefined);
  return [
    paint.bold(section.title),
    ...sentences.flatMap((text) => screen.wrapped(text)),
    ...toneLines(section.partial, screen),
    ...(section.chart === undefined ? [] : ["", chartLine(section)]),
    ...(table === undefined ? [] : ["", ...tableLines(table, paint, screen.width)]),
    ...(section.accuracy.length === 0 ? [] : ["", ...section.accuracy.flatMap((line) => toneLines(line, screen))]),
  ];
}

const HEIGHTS = "▁▂▃▄▅▆▇█";

/** The chart in one line: a character for each bar, and a dot where there was nothing. */
function chartLine({ chart }: UsageSection): string {
  return (chart?.points ?? [])
    .map(({ share = 0 }) =>
      share <= 0 ? "·" : HEIGHTS[Math.min(HEIGHTS.length - 1, Math.floor(share * HEIGHTS.length))],
    )
    .join("");
}

export function recordLines(section: RecordsSection, screen: Screen): string[] {
  const { columns, rows, caption, paging, note } = section;
  const table = {
    caption,
    columns: [
      { label: columns.at, numeric: false },
      { label: columns.kind, numeric: false },
      { label: columns.amount, numeric: true },
      { label: columns.expires, numeric: false },
      { label: columns.description, numeric: false },
    ],
    rows: rows.map(({ at = "", kind, amount, expires = "", description }) => [at, kind, amount, expires, description]),
  };
  return [
    screen.paint.bold(section.title),
    ...(note === undefined ? [] : screen.wrapped(note)),
    ...(rows.length === 0 ? [] : tableLines(table, screen.paint, screen.width)),
    ...(rows.length === 0 ? [] : [screen.paint.dim(paging.text)]),
  ];
}

export function estimateLines(estimate: SendEstimate, screen: Screen): string[] {
  const { paint } = screen;
  const { cost, range, notes, tokens, after, paidFrom, requestsLeft, warning } = estimate;
  const more = [tokens, after, paidFrom, requestsLeft].filter((text) => text !== undefined);
  return [
    `${paint.bold(cost)}${range === undefined ? "" : `  ${range}`}`,
    ...[...notes, ...more].flatMap((text) => screen.wrapped(text)),
    ...(warning === undefined ? [] : problemLines(warning, screen)),
  ];
}

export function problemLines({ tone, title, text }: ProblemLine, screen: Screen): string[] {
  return [title, text]
    .filter((part) => part !== "")
    .flatMap((part) => screen.wrapped(part))
    .map((line) => toned(screen.paint, tone, line));
}

function toneLines(line: Line | undefined, screen: Screen): string[] {
  if (line === undefined || line.text === "") return [];
  return screen.wrapped(line.text).map((part) => toned(screen.paint, line.tone, part));
}
