/** The extension in the Node host: as in the web worker, with files and locks of its own. */

import type { ExtensionContext } from "vscode";

import { FileStore } from "./host/file-store.js";
import { activateIn, type CreditsApi, FolderStore } from "./web.js";

export function activate(context: ExtensionContext): CreditsApi {
  return activateIn(context, (folder) => (folder.scheme === "file" ? new FileStore(folder.fsPath) : new FolderStore(folder)));
}
