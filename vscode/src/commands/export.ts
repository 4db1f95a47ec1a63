/** Usage and Credit Record as files. */

import { window } from "vscode";

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
  await saveText(`credits-${what}.${format}`, async () => {
    const file = await waiting(COMMAND, credits.use((now) => now.exportAs(what, format)));
    return file.text;
  });
}
