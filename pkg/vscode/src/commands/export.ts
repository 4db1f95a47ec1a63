/** Usage and Credit Record as files. */

import { window } from "vscode";

import type { Credits } from "../credits.js";
import { saveText } from "../files.js";
import { clientForCommand, panelSection, withProgress } from "../panel-section.js";
import { escapeMarkup } from "../strings.js";

const COMMAND = "exportHistory";

export async function exportHistory(credits: Credits): Promise<void> {
  const client = await clientForCommand(credits, COMMAND);
  const choices = (["usage", "records"] as const).flatMap((kind) => {
    const part = panelSection(credits, client, kind);
    return (part?.export ?? []).map((action) => ({
      label: action.label,
      description: part?.title ?? "",
      value: action.value ?? "",
    }));
  });
  const chosen = await window.showQuickPick(choices, { title: credits.contributions.title(COMMAND) });
  const [what, format] = chosen?.value.split(".") ?? [];
  if ((what !== "usage" && what !== "records") || (format !== "csv" && format !== "json")) return;
  // Loaded before the save dialog: the file name says whether it is complete.
  const reading = credits.withClient(async (now) => ({
    file: await now.exportAs(what, format),
    missing: panelSection(credits, now, what)?.exported,
  }));
  const { file, missing } = await withProgress(credits, COMMAND, reading);
  const isReadable = file.complete || file.rows > 0;
  if (isReadable && !(await saveText(file.fileName, file.text))) return;
  // A part of a history looks like the whole of a shorter one.
  const text = missing === undefined ? "" : escapeMarkup(`${missing.title}. ${missing.text}`);
  if (!isReadable) void window.showErrorMessage(text);
  else if (!file.complete) void window.showWarningMessage(text);
}
