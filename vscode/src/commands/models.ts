/** Prices: of all models for a draft, and as a list to choose from. */

import { env, window } from "vscode";

import type { Credits } from "../credits.js";
import { plain, title } from "../own-words.js";
import { clientFor, section } from "../sections.js";

/** What the selection, or else the clipboard, would cost on each model. */
export async function compareModels(credits: Credits): Promise<void> {
  const client = await clientFor(credits, "costrictCredit.compareModels");
  const text = selectedText() || (await env.clipboard.readText());
  const send = section(credits, client, "send", { model: credits.settings.model, text });
  const { columns, rows } = send?.comparison ?? { columns: [], rows: [] };
  const items = rows.map(([name = "", ...cells]) => ({
    label: plain(name),
    description: plain(
      cells.flatMap((cell, at) => (cell === "" ? [] : [`${columns[at + 1]?.label ?? ""}: ${cell}`])).join(" · "),
    ),
  }));
  await window.showQuickPick(items, {
    title: title("costrictCredit.compareModels"),
    placeHolder: send?.estimate?.summary ?? send?.comparison?.caption ?? "",
    matchOnDescription: true,
  });
}

export async function chooseModel(credits: Credits): Promise<void> {
  const client = await clientFor(credits, "costrictCredit.chooseModel");
  const models = section(credits, client, "models");
  const items = (models?.models ?? []).map((model) => ({
    label: plain(model.name),
    description: plain([model.price, ...model.discounts].join(" · ")),
    detail: plain(
      [model.requestsLeft, ...model.badges.map((badge) => badge.label), model.cheaper].filter(Boolean).join(" · "),
    ),
    id: model.id,
  }));
  const picked = await window.showQuickPick(items, {
    title: title("costrictCredit.chooseModel"),
    placeHolder: models?.note ?? models?.title ?? "",
    matchOnDescription: true,
  });
  if (picked !== undefined) await credits.settings.change("model", picked.id);
}

export function selectedText(): string {
  const editor = window.activeTextEditor;
  return editor === undefined ? "" : editor.document.getText(editor.selection);
}
