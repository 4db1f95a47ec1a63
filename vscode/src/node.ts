/** The extension in the Node host: as in the web worker, with files and locks of its own. */

import { nodeFeatures } from "costrict-credit/vscode";
import type { ExtensionContext } from "vscode";

import type { CreditsApi } from "../api.js";
import { activateIn } from "./activate.js";

export function activate(context: ExtensionContext): CreditsApi {
  // The file of the other host is there already: read when something of it is needed.
  return activateIn(context, nodeFeatures, () => import("./web.js"));
}
