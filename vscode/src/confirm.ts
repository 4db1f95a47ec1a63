/** The editor's own dialogs before anything that costs credits: for commands, and for messages of the panel's page. */

import type { PanelView, Section, SendSection, TransferOrder, VoucherSection } from "costrict-credit";
import { l10n, window } from "vscode";

import { escapeMarkup } from "./strings.js";

/** What is longer is no id of an account. */
const RECEIVER_MAX_LENGTH = 64;
const MICRO = 1_000_000;

/** Confirmation with receiver, amount and grants exactly as they will be sent. */
export async function confirmGive(order: TransferOrder, view: PanelView): Promise<boolean> {
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
    escapeMarkup(give.warning),
    { modal: true, detail: escapeMarkup(detail) },
    give.submit.label,
  );
  return chosen === give.submit.label;
}

/** Confirmation with the cost of the request and its uncertainty. */
export async function confirmSend(view: PanelView, isAlwaysAsked: boolean): Promise<boolean> {
  const send = sectionOf(view, "send");
  if (send?.estimate === undefined) return isAlwaysAsked ? confirmUnknown(send) : true;
  const { summary, warning } = send.estimate;
  const detail = [warning?.title, warning?.text].filter(Boolean).join("\n");
  const options = { modal: true, ...(detail === "" ? {} : { detail: escapeMarkup(detail) }) };
  return (await window.showInformationMessage(escapeMarkup(summary), options, send.submit.label)) === send.submit.label;
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

/** Line breaks and direction marks sent by a compromised page could change the meaning of the dialog. */
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
