/** The extension in the web worker host. */

import type { ExtensionContext } from "vscode";

import { activateIn } from "./activate.js";
import { FolderStore } from "./host/folder-store.js";

export function activate(context: ExtensionContext) {
  return activateIn(context, (folder) => new FolderStore(folder));
}
