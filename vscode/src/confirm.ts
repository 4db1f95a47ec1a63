/** The editor's own dialogs before anything that costs credits: for commands, and for messages of the panel's page. */

import type { PanelView, Section, SendSection, VoucherSection } from "costrict-credit";
import { l10n, window } from "vscode";

import type { VoucherOrder } from "../../www/src/session/surroundings.js";
import { plain } from "./own-words.js";

/** What is longer is no id of an account. */
const RECEIVER_MAX_LENGTH = 64;
const MICRO = 1_000_000;

/** Asks with receiver, amount and grants, all of them as they will be sent. */
export async function confirmGive(order: VoucherOrder, view: PanelView): Promise<boolean> {
  const give = sectionOf(view, "voucher")?.give;
  if (give === undefined || give.unavailable !== undefined) return false;
  const amount = amounts(view.locale);
  const lines = order.lines.map((line) => `${amount(line.amount)} · ${grantOf(give, line.expiresAt, view.locale)}`);
  const total = order.lines.reduce((sum, line) => sum + Math.round(line.amount * MICRO), 0) / MICRO;
  const detail = [
    l10n.t("Receiver: {0}", printable(order.receiverId)),
    l10n.t("Amount: {0}", amount(total)),
    ...lines,
  ].join("\n");
  const chosen = await window.showWarningMessage(
    plain(give.warning),
    { modal: true, detail: plain(detail) },
    give.submit.label,
  );
  return chosen === give.submit.label;
}

/** Asks with what the request costs and what is uncertain about it. Where nothing is known of the cost, the prompt's model is named. */
export async function confirmSend(view: PanelView, isAlwaysAsked: boolean): Promise<boolean> {
  const send = sectionOf(view, "send");
  if (send?.estimate === undefined) return isAlwaysAsked ? confirmUnknown(send) : true;
  const { summary, warning } = send.estimate;
  const detail = [warning?.title, warning?.text].filter(Boolean).join("\n");
  const options = { modal: true, ...(detail === "" ? {} : { detail: plain(detail) }) };
  return (await window.showInformationMessage(plain(summary), options, send.submit.label)) === send.submit.label;
}

async function confirmUnknown(send: SendSection | undefined): Promise<boolean> {
  const label = send?.submit.label ?? l10n.t("Send");
  const text = l10n.t("Send this request? The cost is unknown.");
  return (await window.showWarningMessage(text, { modal: true }, label)) === label;
}

/** An amount that is entered is shown as it is, also while amounts are hidden. */
function amounts(locale: string): (amount: number) => string {
  const options = { maximumFractionDigits: 6 };
  try {
    const format = new Intl.NumberFormat(locale, options);
    return (amount) => format.format(amount);
  } catch {
    return (amount) => new Intl.NumberFormat("en", options).format(amount);
  }
}

function grantOf(give: VoucherSection["give"], expiresAt: number, locale: string): string {
  const known = give.lines.find((line) => line.expiresAt === expiresAt);
  if (known !== undefined) return known.label;
  const date = new Date(expiresAt);
  return Number.isNaN(date.getTime()) ? String(expiresAt) : date.toLocaleDateString(locale);
}

/** A page could send line breaks, or signs that turn the writing around, to make the dialog say something else. */
function printable(text: string): string {
  const shown = text.replace(/[^\x20-\x7e]/g, "\ufffd");
  return shown.length > RECEIVER_MAX_LENGTH ? `${shown.slice(0, RECEIVER_MAX_LENGTH)}…` : shown;
}

function sectionOf<Kind extends Section["kind"]>(
  view: PanelView,
  kind: Kind,
): Extract<Section, { kind: Kind }> | undefined {
  return view.sections.find((section): section is Extract<Section, { kind: Kind }> => section.kind === kind);
}
