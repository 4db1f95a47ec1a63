/** Gives credits as a voucher and redeems vouchers. */

import type { Action, Field, VoucherSection } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";

import { actionButton, type Send } from "../components/action.js";
import { formResult, paragraph } from "../components/text.js";
import { LightDomElement, property } from "./light-dom-element.js";

export class CreditVoucher extends LightDomElement {
  static override properties = { section: property, copyFailed: property, copied: { state: true } };

  declare section: VoucherSection;
  /** What to show when a code could not be copied. */
  declare copyFailed: string;
  /** The code that was to be copied last, and how that ended; without `done` its end is not known yet. */
  declare copied: { value: string | undefined; done?: boolean } | undefined;
  send: Send = () => {};
  #shownCode: string | undefined;

  /** A voucher was made: what was entered for it must not make a second one by a second press. */
  protected override updated(): void {
    const made = this.section.give.result?.code?.copy.value;
    if (made !== undefined && made !== this.#shownCode) this.querySelector<HTMLFormElement>("form.give")?.reset();
    this.#shownCode = made;
  }

  /** The host has copied the code, or could not: then it is selected, ready to be copied by hand. */
  showCopyResult(done: boolean): void {
    // A result that came before is of an earlier copy, and this one may be of another element.
    if (this.copied === undefined || this.copied.done !== undefined) return;
    this.copied = { ...this.copied, done };
    const code = this.querySelector(".voucher-code code");
    if (!done && code !== null) getSelection()?.selectAllChildren(code);
  }

  /** Marks the field that the core rejected; the hint beside it describes valid input. */
  refused(field: string): void {
    const line = /^order\.lines\[(\d+)\]/.exec(field)?.[1];
    const given = [...this.querySelectorAll<HTMLInputElement>("input[name=line]")].filter(
      (input) => input.valueAsNumber > 0,
    );
    const wrong =
      { "order.lines": given.at(-1), "order.receiverId": this.querySelector<HTMLInputElement>("input[name=receiver]") }[
        field
      ] ??
      (line === undefined ? null : given[Number(line)]) ??
      (field === "voucherCode" ? this.querySelector<HTMLInputElement>("input[name=code]") : null);
    wrong?.setAttribute("aria-invalid", "true");
    wrong?.focus();
  }

  protected override render(): TemplateResult {
    const { give, redeem } = this.section;
    return html`<h2>${this.section.title}</h2>
      <div class="voucher" @input=${(event: InputEvent) => (event.target as Element).removeAttribute("aria-invalid")}>
        <section aria-labelledby="redeem-title">
          <h3 id="redeem-title">${redeem.title}</h3>
          <p class="muted">${redeem.text}</p>
          <form @submit=${(event: SubmitEvent) => this.#redeem(event)}>
            ${textField("code", redeem.code)} ${submitButton(redeem.submit)}
          </form>
          ${formResult(redeem.result, (action) => this.#copy(action))}
        </section>
        <section aria-labelledby="give-title">
          <h3 id="give-title">${give.title}</h3>
          <p class="muted">${give.text}</p>
          ${give.unavailable === undefined ? this.#giveForm() : paragraph(give.unavailable, "note")}
          ${formResult(give.result, (action) => this.#copy(action))}
        </section>
      </div>`;
  }

  #giveForm(): TemplateResult {
    const { give } = this.section;
    return html`<form class="give" @submit=${(event: SubmitEvent) => this.#give(event)}>
      ${textField("receiver", give.receiver)}
      <fieldset class="lines">
        <legend>${give.legend}</legend>
        ${give.lines.map(
          (line, index) =>
            html`<div class="amount-field">
              <label class="amount-label" id="give-label-${index}" for="give-line-${index}">${line.label}</label>
              <input
                id="give-line-${index}"
                type="number"
                inputmode="decimal"
                name="line"
                min="0"
                max=${line.max ?? nothing}
                step=${line.step}
                data-expires=${line.expiresAt}
                aria-describedby=${line.hint === "" ? nothing : `give-hint-${index}`}
                @input=${(event: InputEvent) => (event.target as HTMLInputElement).setAttribute("step", String(line.step))}
              />
              <span class="muted small">
                ${line.hint === "" ? nothing : html`<span id="give-hint-${index}">${line.hint}</span>`}
                ${line.all === undefined ? nothing : this.#allButton(line.all, index)}
              </span>
            </div>`,
        )}
      </fieldset>
      <p class="small">${give.warning}</p>
      ${submitButton(give.submit)}
    </form>`;
  }

  /** Enters all of a grant. That may be finer than the step, which would then refuse it. */
  #allButton(label: string, index: number): TemplateResult {
    const enterAll = (): void => {
      const input = this.querySelector<HTMLInputElement>(`#give-line-${index}`);
      if (input === null) return;
      input.step = "any";
      input.value = input.max;
      input.removeAttribute("aria-invalid");
    };
    return html`<button type="button" class="link" data-action="give_all" aria-describedby="give-label-${index}" @click=${enterAll}>
      ${label}
    </button>`;
  }

  /** The action's hint confirms the copy, so it is shown after the host has confirmed it. */
  #copy({ hint, ...action }: Action): TemplateResult {
    const copy: Send = (message) => {
      this.copied = { value: action.value };
      this.send(message);
    };
    const ended = this.copied?.value === action.value ? this.copied?.done : undefined;
    const text = ended === undefined ? nothing : ended ? hint : this.copyFailed;
    return html`<p class="actions">
      ${actionButton(action, copy)}<span class=${ended === false ? "field-error" : "done"} role="status">${text}</span>
    </p>`;
  }

  #redeem(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    this.send({ type: "voucher_redeem", code: String(new FormData(form).get("code")).trim() });
    // A voucher is a secret: it does not stay on the screen.
    form.reset();
  }

  #give(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const inputs = [...form.querySelectorAll<HTMLInputElement>("input[name=line]")];
    const lines = inputs
      .filter((input) => input.valueAsNumber > 0)
      .map((input) => ({ expiresAt: Number(input.dataset.expires), amount: input.valueAsNumber }));
    if (lines.length === 0) {
      inputs[0]?.focus();
      return;
    }
    this.send({ type: "voucher_give", receiverId: String(new FormData(form).get("receiver")).trim(), lines });
  }
}

function textField(name: string, field: Field): TemplateResult {
  const hint = `${name}-hint`;
  return html`<label class="field">
    <span class="field-label">${field.label}</span>
    <input
      type="text"
      name=${name}
      required
      autocomplete="off"
      spellcheck="false"
      placeholder=${field.placeholder ?? nothing}
      minlength=${field.minLength ?? nothing}
      maxlength=${field.maxLength ?? nothing}
      aria-describedby=${field.hint === undefined ? nothing : hint}
    />
    ${field.hint === undefined ? nothing : html`<span class="muted small" id=${hint}>${field.hint}</span>`}
  </label>`;
}

const submitButton = (action: { id: string; label: string; hint?: string }): TemplateResult =>
  html`<button type="submit" class="button" data-action=${action.id} title=${action.hint ?? nothing}>${action.label}</button>`;
