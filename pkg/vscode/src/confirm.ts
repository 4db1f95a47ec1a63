/** The editor's own dialog before credits are given away: for the command, and for messages of the panel's page. */

import type { TransferConfirmation } from "costrict-credit";
import { window } from "vscode";

import { escapeMarkup } from "./strings.js";

/** Receiver, sum and grants as the core names them. The id was checked, so it can carry nothing but an id. */
export async function confirmGive(confirmation: TransferConfirmation): Promise<boolean> {
  const { title, details, warning, submit } = confirmation;
  const detail = escapeMarkup([...details, warning].join("\n"));
  return (await window.showWarningMessage(escapeMarkup(title), { modal: true, detail }, submit)) === submit;
}
