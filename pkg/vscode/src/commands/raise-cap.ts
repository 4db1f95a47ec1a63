/** What a user can do about a limit that stops a request: raise it for a while, take another model, change the setting. */

import type { SendEstimate, SpendCap } from "costrict-credit";
import { capTarget, offeredLimit } from "costrict-credit/panel-session";
import { commands, type QuickPickItem, window } from "vscode";

import type { Credits } from "../credits.js";
import { l10n } from "../l10n.js";
import { escapeMarkup } from "../strings.js";

interface Choice extends QuickPickItem {
  /** Of the form that raises the limit. */
  raise?: string;
  model?: string;
}

/** What is asked about. */
export interface PassedLimit {
  cap: SpendCap;
  /** The limits that the core offers; absent while amounts are hidden. */
  form: SendEstimate["raise"];
  /** In the core's words. */
  reason: string;
  /** Of the request. */
  model: string;
}

/**
 * Asks what to do about a limit.
 *
 * @returns the model to send the request with; undefined where nothing is to be sent
 */
export async function offerRaise(
  credits: Credits,
  { cap, form, reason, model }: PassedLimit,
): Promise<string | undefined> {
  const { contributions } = credits;
  const change: Choice = { label: l10n.t("Change the limit in the settings") };
  const limits = form?.choice.options.map(
    ({ label, value }): Choice => ({ label, description: form.choice.label, detail: form.lasts, raise: value }),
  );
  const models = cap.fits.map((id): Choice => ({ label: escapeMarkup(l10n.t("Use {0}", id)), model: id }));
  const items = [...(limits ?? []), ...models, change];
  const title = contributions.displayName;
  const chosen = await window.showQuickPick(items, { title, placeHolder: reason, ignoreFocusOut: true });
  if (chosen === change)
    await commands.executeCommand("workbench.action.openSettings", contributions.setting("budget"));
  const target = chosen?.raise === undefined ? undefined : capTarget(cap);
  if (chosen?.raise === undefined || target === undefined) return chosen?.model;
  // A limit that the request would still pass stops it again, with the numbers of then.
  (await credits.client()).raiseCap(target, offeredLimit(chosen.raise).to);
  return model;
}
