/** The extension: the library with its defaults, and one command of its own. */

import { type HostFeatures, type LoadExtension, registerCredits } from "costrict-credit/vscode";
import { type ExtensionContext, Uri } from "vscode";

import type { CreditsApi } from "../api.js";

/** What is loaded when it is needed. */
export interface LateParts {
  loadExtension: LoadExtension;
  askModel: typeof import("./commands/ask.js").askModel;
  sendPrompt: typeof import("./commands/ask.js").sendPrompt;
}

/** @param host what this extension host has and the other one has not */
export function activateIn(
  context: ExtensionContext,
  host: HostFeatures | undefined,
  load: () => Promise<LateParts>,
): CreditsApi {
  const inside = (...path: string[]) => Uri.joinPath(context.extensionUri, ...path);
  const credits = registerCredits(
    context,
    {
      ...(host === undefined ? {} : { host }),
      assets: inside("dist", "costrict-credit"),
      tabIcon: { light: inside("media", "card-light.svg"), dark: inside("media", "card-dark.svg") },
      commands: { askModel: async (credits) => (await load()).askModel(credits) },
      onSend: async (prompt, sending, credits) => (await load()).sendPrompt(credits, prompt, sending.view, sending),
    },
    async () => (await load()).loadExtension(),
  );
  return {
    version: 1,
    client: () => credits.client(),
    onDidChange: credits.onDidChange,
    onDidReplace: credits.onDidReplace,
    setTask: (task) => credits.setTask(task),
  };
}
