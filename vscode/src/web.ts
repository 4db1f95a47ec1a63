/** The extension in the web worker host. The Node host loads this file, too, and adds what only Node has. */

import type { ExtensionContext } from "vscode";

import { activateIn, type CreditsApi } from "./activate.js";
import { FolderStore } from "./host/folder-store.js";

export { activateIn, type CreditsApi, FolderStore };

export function activate(context: ExtensionContext): CreditsApi {
  return activateIn(context, (folder) => new FolderStore(folder));
}
