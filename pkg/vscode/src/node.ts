/** `costrict-credit/vscode` in a Node host: the same, with files and locks of its own. */

import { AuthJson, authJsonPath, FileStore } from "costrict-credit/node";
import type { ExtensionContext } from "vscode";

import type { CreditsHandle } from "./handle.js";
import { loadExtension } from "./index.js";
import type { CreditsOptions, HostFeatures } from "./options.js";
import { registerCredits } from "./register.js";

export * from "./index.js";

/** What a Node host has: files that are replaced whole, lock files, and the sign-in of CoStrict's plugin in the home folder. */
export const nodeFeatures: HostFeatures = {
  openStore: (folder, warn) => (folder.scheme === "file" ? new FileStore(folder.fsPath, warn) : undefined),
  openAccountStore: (warn) => {
    try {
      return new FileStore(undefined, warn);
    } catch {
      // Without a home folder there is no such place.
      return undefined;
    }
  },
  openPluginSignIn: (warn) => {
    const path = authJsonPath();
    return path === undefined ? undefined : new AuthJson(path, warn);
  },
};

/** Credits for this extension; ends with it. Call it once, in `activate`. */
export function createCredits(context: ExtensionContext, options: CreditsOptions = {}): CreditsHandle {
  return registerCredits(context, { host: nodeFeatures, ...options }, loadExtension);
}
