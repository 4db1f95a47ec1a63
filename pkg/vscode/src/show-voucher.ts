/** The code of a voucher, new or from the Credit record: shown by the editor, and kept nowhere. */

import type { FormResult } from "costrict-credit";
import { env, window } from "vscode";
import { l10n } from "./l10n.js";
import { escapeMarkup } from "./strings.js";

/**
 * The code is copied when the user chooses so. One that was not copied, since the message was closed or the
 * clipboard refused, is offered once more, in a box where it can be selected.
 */
export async function showVoucher(result: FormResult): Promise<void> {
  const text = escapeMarkup(`${result.title}. ${result.text}`);
  const code = result.code?.copy.value;
  if (code === undefined) return void window.showInformationMessage(text);
  const copy = result.code?.copy.label ?? "";
  const show = l10n.t("Show Code");
  let chosen = await window.showInformationMessage(text, copy, show);
  if (chosen === undefined) {
    const detail = l10n.t(
      "The voucher cannot be redeemed without its code. You can show it again from the Credit record.",
    );
    chosen = await window.showWarningMessage(
      l10n.t("You have not copied the voucher code."),
      { modal: true, detail },
      copy,
      show,
    );
  }
  if (chosen === copy) {
    if (await copied(code)) return void window.showInformationMessage(escapeMarkup(result.code?.copy.hint ?? text));
    void window.showWarningMessage(l10n.t("Could not copy the code. Select it and copy it manually."));
  }
  if (chosen !== undefined) await showCode(result, code);
}

async function copied(code: string): Promise<boolean> {
  try {
    await env.clipboard.writeText(code);
    return true;
  } catch {
    // The reason could quote the code.
    return false;
  }
}

/** A box stays until it is closed, and its text can be selected. */
async function showCode(result: FormResult, code: string): Promise<void> {
  await window.showInputBox({
    title: escapeMarkup(result.title),
    prompt: escapeMarkup(result.text),
    value: code,
    valueSelection: [0, code.length],
    ignoreFocusOut: true,
  });
}
