/** Name and id of the signed-in account, with a button that copies the id. */

import type { AccountCard } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";

import { actionButton, type Send } from "../components/action.js";
import { selectText } from "../components/selection.js";
import { paragraph } from "../components/text.js";
import { LightDomElement, property } from "./light-dom-element.js";

export class CreditAccount extends LightDomElement {
  static override properties = { card: property, copied: { state: true } };

  declare card: AccountCard;
  /** The id that was to be copied last, and how that ended; without `done` its end is not known yet. */
  declare copied: { value: string; done?: boolean } | undefined;
  send: Send = () => {};

  /** The host has copied the id, or could not: then it is selected, ready to be copied by hand. */
  showCopyResult(done: boolean): void {
    if (this.copied === undefined || this.copied.done !== undefined) return;
    this.copied = { ...this.copied, done };
    const id = this.querySelector(".account-id code");
    if (!done && id !== null) selectText(id);
  }

  protected override render(): TemplateResult {
    const { signedInAs, id } = this.card;
    const { hint, ...copy } = id.copy;
    const sendCopy: Send = (message) => {
      this.copied = { value: id.value };
      this.send(message);
    };
    const done = this.copied?.value === id.value ? this.copied.done : undefined;
    return html`${paragraph(signedInAs, "account-name")}
      <div class="account-id">
        <span class="field-label" id="account-id-label">${id.label}</span>
        <p class="actions">
          <code tabindex="0" role="region" aria-labelledby="account-id-label">${id.value}</code>
          ${actionButton(copy, sendCopy)}<span class=${done === false ? "field-error" : "done"} role="status"
            >${done === undefined ? nothing : done ? hint : id.copyFailed}</span
          >
        </p>
        <p class="muted small">${id.hint}</p>
      </div>`;
  }
}
