/** Usage and Credit Record as files. */

import { l10n, window } from "vscode";

import type { Credits } from "../credits.js";
import { saveText } from "../files.js";
import { title } from "../own-words.js";
import { clientFor, section, waiting } from "../sections.js";

const COMMAND = "costrictCredit.exportHistory";

export async function exportHistory(credits: Credits): Promise<void> {
  const client = await clientFor(credits, COMMAND);
  const choices = (["usage", "records"] as const).flatMap((kind) => {
    const part = section(credits, client, kind);
    return (part?.export ?? []).map((action) => ({ label: action.label, description: part?.title ?? "", value: action.value ?? "" }));
  });
  const chosen = await window.showQuickPick(choices, { title: title(COMMAND) });
  const [what, format] = chosen?.value.split(".") ?? [];
  if ((what !== "usage" && what !== "records") || (format !== "csv" && format !== "json")) return;
  // Read before a name is asked for: whether the file is whole is part of its name.
  const file = await waiting(COMMAND, credits.use((now) => now.exportAs(what, format)));
  const isSaved = (file.complete || file.rows > 0) && (await saveText(file.fileName, file.text));
  if (isSaved || file.rows === 0) sayExport({ complete: file.complete, saved: isSaved });
}

/** A part of a history looks like the whole of a shorter one, so it is said. */
export function sayExport({ complete, saved }: { complete: boolean; saved: boolean }): void {
  if (complete) return;
  if (saved) void window.showWarningMessage(l10n.t("The file is not complete: the server did not give all of the history. Export it again later."));
  else void window.showErrorMessage(l10n.t("Nothing was exported: the server did not give the history, and no file was written. Try again later."));
}
