/** The extension in the web worker host. The Node host loads this file, too, and adds what only Node has. */

import type { ExtensionContext } from "vscode";

import type { CreditsApi } from "../api.js";
import { activateIn } from "./activate.js";
import { FolderStore } from "./host/folder-store.js";

export { activateIn, FolderStore };

export function activate(context: ExtensionContext): CreditsApi {
  return activateIn(context, (folder) => new FolderStore(folder));
}
