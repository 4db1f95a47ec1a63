/** The tooltip of the status bar: the core's lines, the ladder of grants as the panel has it, and links to commands. */

import type { StatusView } from "costrict-credit";
import { MarkdownString } from "vscode";

import type { CommandName, Contributions } from "./contributions.js";
import { escapeMarkdown } from "./strings.js";

/** Commands that the tooltip links to. */
const LINKS: readonly CommandName[] = ["showAccount", "refresh", "compareModels", "toggleMask"];

const OPEN_SETTINGS = "workbench.action.openSettings";

/** Without HTML. Names of models and sources come from the server, so every text is escaped and only our own links work. */
export function statusTooltip(
  status: Pick<StatusView, "tooltip" | "ladder" | "budget" | "weekBudget">,
  contributions: Contributions,
): MarkdownString {
  const { tooltip, ladder, budget, weekBudget } = status;
  const budgets = [budget, weekBudget].filter((meter) => meter !== undefined);
  const lines = tooltip.split("\n").map(escapeMarkdown).join("  \n");
  const links = LINKS.map(
    (name) => `[${escapeMarkdown(contributions.title(name))}](command:${contributions.command(name)})`,
  ).join(" · ");
  const blocks = [
    lines,
    ...(ladder === undefined ? [] : ladderBlocks(ladder)),
    ...budgets.map((meter) => budgetBlock(meter, contributions.setting("budget"))),
    links,
  ];
  const shown = new MarkdownString().appendMarkdown(blocks.join("\n\n"));
  shown.isTrusted = { enabledCommands: [...LINKS.map((name) => contributions.command(name)), OPEN_SETTINGS] };
  return shown;
}

function budgetBlock({ meter, text, change }: NonNullable<StatusView["budget"]>, setting: string): string {
  const argument = encodeURIComponent(JSON.stringify([setting]));
  const link = `[${escapeMarkdown(change.label)}](command:${OPEN_SETTINGS}?${argument})`;
  return `**${escapeMarkdown(meter.label)}**: ${escapeMarkdown(text)} · ${link}`;
}

function ladderBlocks({ title: heading, table, more }: NonNullable<StatusView["ladder"]>): string[] {
  // A column without any text, such as the source on servers that name none, would only take room.
  const filled = table.columns.flatMap((_column, index) =>
    table.rows.some((row) => (row[index] ?? "") !== "") ? [index] : [],
  );
  const row = (cells: readonly string[]) => `| ${filled.map((index) => cells[index] ?? "").join(" | ")} |`;
  const rows = [
    row(table.columns.map(({ label }) => escapeMarkdown(label))),
    row(table.columns.map(({ numeric }) => (numeric ? "--:" : ":--"))),
    ...table.rows.map((cells) => row(cells.map(escapeMarkdown))),
  ];
  return [`**${escapeMarkdown(heading)}**`, rows.join("\n"), ...(more === undefined ? [] : [escapeMarkdown(more)])];
}
