/** The extension in the Node host: as in the web worker, with files and locks of its own. */

import type { ExtensionContext } from "vscode";

import type { CreditsApi } from "../api.js";
import { FileStore } from "./host/file-store.js";
import { activateIn, FolderStore } from "./web.js";

export function activate(context: ExtensionContext): CreditsApi {
  return activateIn(context, (folder) => (folder.scheme === "file" ? new FileStore(folder.fsPath) : new FolderStore(folder)));
}
