/** The extension in the Node host: as in the web worker, with files and locks of its own. */

import type { ExtensionContext } from "vscode";

import type { CreditsApi } from "../api.js";
import { activateIn } from "./activate.js";
import { FileStore } from "./host/file-store.js";

/** The file of the other host is there already: read when its parts are needed. */
const loadParts = async () => (await import("./web.js")).loadParts();

export function activate(context: ExtensionContext): CreditsApi {
  return activateIn(context, (folder) => (folder.scheme === "file" ? new FileStore(folder.fsPath) : undefined), loadParts);
}
