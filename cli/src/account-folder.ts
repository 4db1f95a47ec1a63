/**
 * Which folder has the readings. An editor on this machine stores them with its extension; where there is one, its windows and
 * this program share that folder, so that a reading of either is one for both.
 */

import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { stateFolder } from "costrict-credit/node";

const EXTENSION_ID = "costrict-credit.costrict-credit-vscode";
const NAME = "account";
/** Folders of settings, one for each editor, in the folder that the system has for them. */
const EDITORS = ["Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"];
/** The same on a machine that an editor reaches from elsewhere, in the home folder. */
const REMOTE_EDITORS = [
  ".vscode-server/data",
  ".vscode-server-insiders/data",
  ".vscodium-server/data",
  ".cursor-server/data",
];

/** @throws a StorageError "no_home" where no folder can be named */
export function accountFolder(env: NodeJS.ProcessEnv = process.env): string {
  const own = join(stateFolder(env), NAME);
  // A folder that the user names is the one to use.
  if (env.COSTRICT_CREDIT_HOME) return own;
  try {
    return newest(editorFolders(env)) ?? own;
  } catch {
    // No home folder, or one of the folders may not be looked at.
    return own;
  }
}

function editorFolders(env: NodeJS.ProcessEnv): string[] {
  const home = homedir();
  const settings =
    process.platform === "win32"
      ? (env.APPDATA ?? join(home, "AppData", "Roaming"))
      : process.platform === "darwin"
        ? join(home, "Library", "Application Support")
        : env.XDG_CONFIG_HOME || join(home, ".config");
  const roots = [...EDITORS.map((editor) => join(settings, editor)), ...REMOTE_EDITORS.map((path) => join(home, path))];
  return roots.map((root) => join(root, "User", "globalStorage", EXTENSION_ID, NAME));
}

/** Of the folders that exist, the one in which something was written last. */
function newest(folders: readonly string[]): string | undefined {
  let found: { folder: string; at: number } | undefined;
  for (const folder of folders) {
    const at = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
    if (at !== undefined && (found === undefined || at > found.at)) found = { folder, at };
  }
  return found?.folder;
}
