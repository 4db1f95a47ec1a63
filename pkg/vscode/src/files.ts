/** Texts that the user keeps as files. */

import { Uri, window, workspace } from "vscode";

/** For the suggested folder while no workspace is open; absent in a web worker. */
declare const process: { env: Record<string, string | undefined> } | undefined;

/**
 * Saves a file chosen in a dialog; false when the dialog was cancelled. Rejects when the file cannot be written. The editor
 * confirms overwriting.
 */
export async function saveText(name: string, text: string): Promise<boolean> {
  const folder = workspace.workspaceFolders?.[0]?.uri ?? home();
  const ending = name.slice(name.lastIndexOf(".") + 1);
  const target = await window.showSaveDialog({
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) }),
    filters: { [ending.toUpperCase()]: [ending] },
  });
  if (target === undefined) return false;
  await workspace.fs.writeFile(target, new TextEncoder().encode(text));
  return true;
}

function home(): Uri | undefined {
  const env = typeof process === "undefined" ? undefined : process.env;
  const path = env?.HOME ?? env?.USERPROFILE;
  return path === undefined ? undefined : Uri.file(path);
}
