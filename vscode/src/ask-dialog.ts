/** The editor's dialog before a request to a model is sent. */

import type { PanelView, SendSection } from "costrict-credit";
import { escapeMarkup } from "costrict-credit/vscode";
import { l10n, window } from "vscode";

/** Of the prompt, in the dialog. */
const FIRST_LINE_MAX_LENGTH = 80;

/**
 * Names the model, what the request will cost, and which prompt it is. Asked for every request, also where its cost is
 * unknown: a message of the panel's page does not prove what the user wants.
 */
export async function confirmAsk(view: PanelView, prompt: string): Promise<boolean> {
  const send = view.sections.find((section): section is SendSection => section.kind === "send");
  const estimate = send?.estimate;
  const model = send?.model.options.find(({ selected }) => selected)?.label;
  const detail = [
    l10n.t("Prompt: {0}", firstLine(prompt)),
    estimate?.summary ?? l10n.t("The cost is unknown."),
    ...[estimate?.warning?.title, estimate?.warning?.text].filter((text) => text !== undefined),
  ].join("\n");
  const question = model === undefined ? l10n.t("Send this prompt?") : l10n.t("Send this prompt to {0}?", model);
  const label = send?.submit.label ?? l10n.t("Send");
  const options = { modal: true, detail: escapeMarkup(detail) };
  return (await window.showInformationMessage(escapeMarkup(question), options, label)) === label;
}

/** The first line with something in it, shortened by whole characters. */
function firstLine(prompt: string): string {
  const line =
    prompt
      .split(/[\r\n\u2028\u2029]+/)
      .find((text) => text.trim() !== "")
      ?.trim() ?? "";
  const characters = [...line];
  return characters.length > FIRST_LINE_MAX_LENGTH ? `${characters.slice(0, FIRST_LINE_MAX_LENGTH).join("")}…` : line;
}
