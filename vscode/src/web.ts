/**
 * The extension in the web worker host. That host loads no second file: what is needed later is in this one. The Node host takes it
 * from here, too.
 */

import { loadExtension } from "costrict-credit/vscode";
import type { ExtensionContext } from "vscode";

import type { CreditsApi } from "../api.js";
import { activateIn } from "./activate.js";
import { askModel, sendPrompt } from "./commands/ask.js";

export { askModel, loadExtension, sendPrompt };

export function activate(context: ExtensionContext): CreditsApi {
  return activateIn(context, undefined, async () => ({ loadExtension, askModel, sendPrompt }));
}
