/** Texts that the user keeps as files. */

import { Uri, window, workspace } from "vscode";

/** Where the editor suggests to put a file while no folder is open; a web worker has no such place. */
declare const process: { env: Record<string, string | undefined> } | undefined;

/**
 * Asks where to, and writes; false when the user left the dialog. Rejects when the file cannot be written. The editor itself
 * asks before it replaces a file.
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
