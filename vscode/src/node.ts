/** The extension in the Node host: as in the web worker, with files and locks of its own. */

import type { ExtensionContext, Uri } from "vscode";

import type { CreditsApi } from "../api.js";
import { activateIn } from "./activate.js";
import { FileStore } from "./host/file-store.js";
import { SharedSignInFile, sharedSignInPath } from "./host/plugin-sign-in-file.js";
import type { Log } from "./host/watch-or-poll.js";

/** The file of the other host is there already: read when its parts are needed. */
const loadExtension = async () => (await import("./web.js")).loadExtension();

export function activate(context: ExtensionContext): CreditsApi {
  const openStore = (folder: Uri, log: Log) =>
    folder.scheme === "file" ? new FileStore(folder.fsPath, log) : undefined;
  return activateIn(context, { openStore, openSharedSignIn }, loadExtension);
}

/** A web worker has no home folder; a machine may have none, too. */
function openSharedSignIn(log: Log): SharedSignInFile | undefined {
  const path = sharedSignInPath();
  return path === undefined ? undefined : new SharedSignInFile(path, log);
}
