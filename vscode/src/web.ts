/**
 * The extension in the web worker host. That host loads no second file: the parts are in this one, and are not run before
 * they are needed. The Node host takes them from here, too.
 */

import type { ExtensionContext } from "vscode";

import type { CreditsApi } from "../api.js";
import { activateIn } from "./activate.js";

export const loadExtension = () => import("./extension.js");

export function activate(context: ExtensionContext): CreditsApi {
  return activateIn(context, { openStore: () => undefined, openSharedSignIn: () => undefined }, loadExtension);
}
