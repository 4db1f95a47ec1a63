/** Usage and Credit Record as files. */

import { window } from "vscode";

import type { Credits } from "../credits.js";
import { saveText } from "../files.js";
import { plain, title } from "../own-words.js";
import { clientFor, section, waiting } from "../sections.js";

const COMMAND = "costrictCredit.exportHistory";

export async function exportHistory(credits: Credits): Promise<void> {
  const client = await clientFor(credits, COMMAND);
  const choices = (["usage", "records"] as const).flatMap((kind) => {
    const part = section(credits, client, kind);
    return (part?.export ?? []).map((action) => ({
      label: action.label,
      description: part?.title ?? "",
      value: action.value ?? "",
    }));
  });
  const chosen = await window.showQuickPick(choices, { title: title(COMMAND) });
  const [what, format] = chosen?.value.split(".") ?? [];
  if ((what !== "usage" && what !== "records") || (format !== "csv" && format !== "json")) return;
  // Read before a name is asked for: whether the file is whole is part of its name.
  const reading = credits.use(async (now) => ({
    file: await now.exportAs(what, format),
    missing: section(credits, now, what)?.exported,
  }));
  const { file, missing } = await waiting(COMMAND, reading);
  const isReadable = file.complete || file.rows > 0;
  if (isReadable && !(await saveText(file.fileName, file.text))) return;
  // A part of a history looks like the whole of a shorter one.
  const text = missing === undefined ? "" : plain(`${missing.title}. ${missing.text}`);
  if (!isReadable) void window.showErrorMessage(text);
  else if (!file.complete) void window.showWarningMessage(text);
}
