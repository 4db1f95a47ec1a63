import { type CreditsHandle, createCredits } from "costrict-credit/vscode";
import * as vscode from "vscode";

let credits: CreditsHandle;

export function activate(context: vscode.ExtensionContext) {
  // Status bar, panel, sign-in and notices; the manifest decides what else the editor offers.
  credits = createCredits(context, { prefix: "creditsExample" });
  context.subscriptions.push(vscode.commands.registerCommand("creditsExample.ask", ask));
}

/** A request of this extension: its credits are held before it is sent, and settled after it. */
async function ask() {
  const client = await credits.client();
  const text = await vscode.window.showInputBox();
  if (!text) return;
  const { id, decision } = client.begin({ model: "GLM-4.6", text, identity: "user" });
  if (decision === "stop") return credits.panel.show();
  // The request to the model goes here.
  client.settle(id, { kind: "charged" });
  credits.recordTurnEnd();
}
