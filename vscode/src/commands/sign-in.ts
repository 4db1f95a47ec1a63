/** Signing in by a pasted token, and out. */

import { l10n, window } from "vscode";

import type { Credits } from "../credits.js";
import { readToken } from "../host/token.js";
import { title } from "../own-words.js";

export async function signIn(credits: Credits): Promise<void> {
  const pasted = await window.showInputBox({
    title: title("costrictCredit.signIn"),
    prompt: l10n.t("Paste the token of your CoStrict account. It is kept in the editor's secret storage only."),
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) =>
      text === "" || readToken(text) !== undefined ? undefined : l10n.t("This is not a token: it has spaces or signs that no token has."),
  });
  const token = pasted === undefined ? undefined : readToken(pasted);
  if (token !== undefined) await credits.signIn(token);
}

export function signOut(credits: Credits): Promise<void> {
  return credits.signOut();
}
