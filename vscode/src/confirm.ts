/** The editor's own dialogs before anything that costs credits: for commands, and for messages of the panel's page. */

import type { PanelView, Section, SendSection, TransferConfirmation } from "costrict-credit";
import { l10n, window } from "vscode";

import { escapeMarkup } from "./strings.js";

/** Receiver, sum and grants as the core names them. The id was checked, so it can carry nothing but an id. */
export async function confirmGive(confirmation: TransferConfirmation): Promise<boolean> {
  const { title, details, warning, submit } = confirmation;
  const detail = escapeMarkup([...details, warning].join("\n"));
  return (await window.showWarningMessage(escapeMarkup(title), { modal: true, detail }, submit)) === submit;
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

function sectionOf<Kind extends Section["kind"]>(
  view: PanelView,
  kind: Kind,
): Extract<Section, { kind: Kind }> | undefined {
  return view.sections.find((section): section is Extract<Section, { kind: Kind }> => section.kind === kind);
}
