/** Usage and Credit Record as files. */

import { Uri, window, workspace } from "vscode";

import type { Credits } from "../credits.js";
import { title } from "../own-words.js";
import { clientWithReading, section } from "../sections.js";

export async function exportHistory(credits: Credits): Promise<void> {
  const client = await clientWithReading(credits);
  const choices = (["usage", "records"] as const).flatMap((kind) => {
    const part = section(credits, client, kind);
    return (part?.export ?? []).map((action) => ({ label: action.label, description: part?.title ?? "", value: action.value ?? "" }));
  });
  const chosen = await window.showQuickPick(choices, { title: title("costrictCredit.exportHistory") });
  const [what, format] = chosen?.value.split(".") ?? [];
  if ((what !== "usage" && what !== "records") || (format !== "csv" && format !== "json")) return;
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const name = `credits-${what}.${format}`;
  const target = await window.showSaveDialog(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) });
  if (target === undefined) return;
  const file = await client.exportAs(what, format);
  await workspace.fs.writeFile(target, new TextEncoder().encode(file.text));
}
