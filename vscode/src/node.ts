/** The extension in the Node host. */

import type { ExtensionContext } from "vscode";

import { activateIn } from "./activate.js";
import { FileStore } from "./host/file-store.js";
import { FolderStore } from "./host/folder-store.js";

export function activate(context: ExtensionContext) {
  return activateIn(context, (folder) => (folder.scheme === "file" ? new FileStore(folder.fsPath) : new FolderStore(folder)));
}
