/** Prices: of all models for a draft, and as a list to choose from. */

import { env, window } from "vscode";

import type { Credits } from "../credits.js";
import { clientForCommand, panelSection } from "../panel-section.js";
import { escapeMarkup } from "../strings.js";

/** What the selection, or else the clipboard, would cost on each model. */
export async function compareModels(credits: Credits): Promise<void> {
  const client = await clientForCommand(credits, "compareModels");
  const text = selectedText() || (await env.clipboard.readText());
  const send = panelSection(credits, client, "send", { model: credits.settings.model, text });
  const { columns, rows } = send?.comparison ?? { columns: [], rows: [] };
  const items = rows.map(([name = "", ...cells]) => ({
    label: escapeMarkup(name),
    description: escapeMarkup(
      cells.flatMap((cell, at) => (cell === "" ? [] : [`${columns[at + 1]?.label ?? ""}: ${cell}`])).join(" · "),
    ),
  }));
  await window.showQuickPick(items, {
    title: credits.contributions.title("compareModels"),
    placeHolder: send?.estimate?.summary ?? send?.comparison?.caption ?? "",
    matchOnDescription: true,
  });
}

export async function chooseModel(credits: Credits): Promise<void> {
  const client = await clientForCommand(credits, "chooseModel");
  const models = panelSection(credits, client, "models");
  const items = (models?.models ?? []).map((model) => ({
    label: escapeMarkup(model.name),
    description: escapeMarkup([model.price, ...model.discounts, model.listPrice].filter(Boolean).join(" · ")),
    detail: escapeMarkup(
      [model.requestsLeft, ...model.badges.map((badge) => badge.label), model.cheaper].filter(Boolean).join(" · "),
    ),
    id: model.id,
  }));
  const picked = await window.showQuickPick(items, {
    title: credits.contributions.title("chooseModel"),
    placeHolder: models?.note ?? models?.title ?? "",
    matchOnDescription: true,
  });
  if (picked !== undefined) await credits.settings.change("model", picked.id);
}

/** What the user selected in the editor; empty where nothing is. */
export function selectedText(): string {
  const editor = window.activeTextEditor;
  return editor === undefined ? "" : editor.document.getText(editor.selection);
}
