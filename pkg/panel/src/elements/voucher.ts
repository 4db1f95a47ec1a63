/** Gives credits as a voucher and redeems vouchers. */

import type { Action, Field, FormResult, TransferConfirmation, TransferReview, VoucherSection } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";

import { actionButton, type Send } from "../components/action.js";
import { FieldKeeper, type FieldStore } from "../components/field-keeper.js";
import { selectText } from "../components/selection.js";
import { formResult, paragraph } from "../components/text.js";
import { LightDomElement, property } from "./light-dom-element.js";

type GiveLine = VoucherSection["give"]["lines"][number];

/** Names of the fields whose errors are shown: those of the review, one for each grant, and the code. */
type FieldName = "receiverId" | "lines" | "code" | `amount-${number}`;

export class CreditVoucher extends LightDomElement {
  static override properties = {
    section: property,
    copyFailed: property,
    copied: { state: true },
    errors: { state: true },
    confirmation: { state: true },
  };

  declare section: VoucherSection;
  /** What to show when a code could not be copied. */
  declare copyFailed: string;
  /** The code that was to be copied last, and how that ended; without `done` its end is not known yet. */
  declare copied: { value: string | undefined; done?: boolean } | undefined;
  /** What is wrong with a field, until it is changed. */
  declare errors: ReadonlyMap<FieldName, string>;
  /** What the user is to agree to before a voucher is made. */
  declare confirmation: TransferConfirmation | undefined;
  send: Send = () => {};
  fields: FieldStore | undefined;
  #shown: { given?: FormResult; redeemed?: FormResult } = {};
  #isFirstView = true;
  #focusNext: "error" | "confirmation" | undefined;

  constructor() {
    super();
    this.errors = new Map();
    this.addController(new FieldKeeper(this));
  }

  protected override updated(): void {
    this.#takeResults();
    const focus = this.#focusNext;
    this.#focusNext = undefined;
    if (focus === "error") this.querySelector<HTMLInputElement>("[aria-invalid=true]")?.focus();
    if (focus === "confirmation") this.querySelector<HTMLElement>(".confirmation")?.focus();
  }

  /**
   * A new result is brought into sight; the region around it announces it. What was entered for a voucher must not make a
   * second one by a second press; what failed stays, to be mended.
   */
  #takeResults(): void {
    const [given, redeemed] = [this.section.give.result, this.section.redeem.result];
    const isNew = (result: FormResult | undefined, before: FormResult | undefined): result is FormResult =>
      result !== undefined && JSON.stringify(result) !== JSON.stringify(before);
    if (isNew(given, this.#shown.given)) {
      this.#scrollTo("give");
      if (!isFailure(given)) {
        this.querySelector<HTMLFormElement>("form.give")?.reset();
        this.fields?.clear("give.");
      }
    }
    if (isNew(redeemed, this.#shown.redeemed)) {
      this.#scrollTo("redeem");
      if (!isFailure(redeemed)) this.querySelector<HTMLFormElement>("form.redeem")?.reset();
    }
    this.#isFirstView = false;
    this.#shown = {
      ...(given === undefined ? {} : { given }),
      ...(redeemed === undefined ? {} : { redeemed }),
    };
  }

  /** Not for the first view: the reader has just come here. */
  #scrollTo(form: "give" | "redeem"): void {
    if (this.#isFirstView) return;
    this.querySelector(`[aria-labelledby=${form}-title] .banner`)?.scrollIntoView({ block: "nearest" });
  }

  /** The host has copied the code, or could not: then it is selected, ready to be copied by hand. */
  showCopyResult(done: boolean): void {
    // A result that came before is of an earlier copy, and this one may be of another element.
    if (this.copied === undefined || this.copied.done !== undefined) return;
    this.copied = { ...this.copied, done };
    const code = this.querySelector(".voucher-code code");
    if (!done && code !== null) selectText(code);
  }

  /** Shows what is wrong with the form, or asks for consent. */
  review({ errors, confirmation }: TransferReview): void {
    const name = ({ field, expiresAt }: TransferReview["errors"][number]): FieldName =>
      field === "amount" ? `amount-${expiresAt ?? 0}` : field;
    this.errors = new Map(errors.map((error) => [name(error), error.text]));
    this.confirmation = confirmation;
    this.#focusNext = errors.length > 0 ? "error" : confirmation === undefined ? undefined : "confirmation";
  }

  /** The core rejected a code, or an order that the review let pass. */
  refused(field: string): void {
    if (field !== "voucherCode") return;
    this.#setError("code", this.section.redeem.code.error ?? this.section.redeem.code.label);
  }

  #setError(name: FieldName, text: string): void {
    this.errors = new Map([...this.errors, [name, text]]);
    this.#focusNext = "error";
  }

  /** A field that is changed is not wrong any more, and nothing is agreed to that was not reviewed. */
  #changed(event: Event): void {
    const { name, dataset } = event.target as HTMLInputElement;
    const own: FieldName =
      name === "line" ? `amount-${Number(dataset.expires)}` : name === "code" ? "code" : "receiverId";
    this.errors = new Map([...this.errors].filter(([field]) => field !== own && (own === "code" || field !== "lines")));
    if (own !== "code") this.confirmation = undefined;
  }

  protected override render(): TemplateResult {
    const { give, redeem } = this.section;
    return html`<h2>${this.section.title}</h2>
      <div class="voucher" @input=${(event: InputEvent) => this.#changed(event)}>
        <section aria-labelledby="redeem-title">
          <h3 id="redeem-title">${redeem.title}</h3>
          <p class="muted">${redeem.text}</p>
          <form class="redeem" novalidate @submit=${(event: SubmitEvent) => this.#redeem(event)}>
            ${textField("code", redeem.code, this.errors.get("code"))} ${submitButton(redeem.submit)}
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
    const linesError = this.errors.get("lines");
    return html`<form class="give" novalidate @submit=${(event: SubmitEvent) => this.#give(event)}>
      ${textField("receiver", give.receiver, this.errors.get("receiverId"), "give.receiver")}
      <fieldset class="lines">
        <legend>${give.legend}</legend>
        ${give.lines.map((line, index) => this.#amountField(line, index))}
        ${linesError === undefined ? nothing : html`<p class="field-error" id="give-lines-error" role="alert">${linesError}</p>`}
      </fieldset>
      ${this.confirmation === undefined ? this.#submit() : this.#confirm(this.confirmation)}
    </form>`;
  }

  #submit(): TemplateResult {
    const { give } = this.section;
    return html`<p class="small">${give.warning}</p>
      ${submitButton(give.submit)}`;
  }

  #amountField(line: GiveLine, index: number): TemplateResult {
    const error = this.errors.get(`amount-${line.expiresAt}`);
    const isOnlyMissing = index === 0 && this.errors.has("lines");
    const described = [
      line.hint === "" ? "" : `give-hint-${index}`,
      error === undefined ? "" : `give-error-${index}`,
      isOnlyMissing ? "give-lines-error" : "",
    ].filter((id) => id !== "");
    return html`<div class="amount-field">
      <label class="amount-label" id="give-label-${index}" for="give-line-${index}">${line.label}</label>
      <input
        id="give-line-${index}"
        type="text"
        inputmode="decimal"
        autocomplete="off"
        name="line"
        maxlength="40"
        data-expires=${line.expiresAt}
        data-keep="give.line.${line.expiresAt}"
        aria-invalid=${error !== undefined || isOnlyMissing ? "true" : nothing}
        aria-describedby=${described.length === 0 ? nothing : described.join(" ")}
      />
      <span class="muted small">
        ${line.hint === "" ? nothing : html`<span id="give-hint-${index}">${line.hint}</span>`}
        ${line.all === undefined || line.max === undefined ? nothing : this.#allButton(line.all, line.max, index)}
      </span>
      ${error === undefined ? nothing : html`<span class="field-error" id="give-error-${index}" role="alert">${error}</span>`}
    </div>`;
  }

  /** Enters all of a grant, to its last digit. */
  #allButton(label: string, max: number, index: number): TemplateResult {
    const enterAll = (): void => {
      const input = this.querySelector<HTMLInputElement>(`#give-line-${index}`);
      if (input === null) return;
      input.value = String(max);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    };
    return html`<button type="button" class="link" data-action="give_all" aria-describedby="give-label-${index}" @click=${enterAll}>
      ${label}
    </button>`;
  }

  #confirm(confirmation: TransferConfirmation): TemplateResult {
    const answer = (isConfirmed: boolean): void => {
      this.confirmation = undefined;
      this.send({ type: "voucher_confirm", isConfirmed });
    };
    return html`<div
      class="confirmation"
      role="alertdialog"
      aria-labelledby="confirm-title"
      aria-describedby="confirm-details"
      tabindex="-1"
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === "Escape") answer(false);
      }}
    >
      <p class="banner-title" id="confirm-title">${confirmation.title}</p>
      <div id="confirm-details">
        <ul class="facts">
          ${confirmation.details.map((detail) => html`<li>${detail}</li>`)}
        </ul>
        <p class="small">${confirmation.warning}</p>
      </div>
      <p class="actions">
        <button type="button" class="button primary" data-action="voucher_confirm" @click=${() => answer(true)}>
          ${confirmation.submit}
        </button>
        <button type="button" class="button" data-action="voucher_cancel" @click=${() => answer(false)}>
          ${confirmation.cancel}
        </button>
      </p>
    </div>`;
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
    const code = String(new FormData(event.target as HTMLFormElement).get("code")).trim();
    const { minLength = 1, maxLength = Infinity } = this.section.redeem.code;
    if (code.length < minLength || code.length > maxLength) this.refused("voucherCode");
    else this.send({ type: "voucher_redeem", code });
  }

  #give(event: SubmitEvent): void {
    event.preventDefault();
    if (this.confirmation !== undefined) return;
    const form = event.target as HTMLFormElement;
    const inputs = [...form.querySelectorAll<HTMLInputElement>("input[name=line]")];
    const lines = inputs.map((input) => ({ expiresAt: Number(input.dataset.expires), amount: input.value }));
    this.send({ type: "voucher_give", receiverId: String(new FormData(form).get("receiver")), lines });
  }
}

/** A result that asks for another attempt. */
const isFailure = ({ tone }: FormResult): boolean => tone === "error";

/** @param keep the name under which the text is kept while it is typed; a secret has none */
function textField(name: string, field: Field, error: string | undefined, keep?: string): TemplateResult {
  const described = [field.hint === undefined ? "" : `${name}-hint`, error === undefined ? "" : `${name}-error`];
  const ids = described.filter((id) => id !== "");
  return html`<label class="field">
    <span class="field-label">${field.label}</span>
    <input
      type="text"
      name=${name}
      autocomplete="off"
      spellcheck="false"
      placeholder=${field.placeholder ?? nothing}
      maxlength=${field.maxLength ?? nothing}
      data-keep=${keep ?? nothing}
      aria-required="true"
      aria-invalid=${error === undefined ? nothing : "true"}
      aria-describedby=${ids.length === 0 ? nothing : ids.join(" ")}
    />
    ${field.hint === undefined ? nothing : html`<span class="muted small" id="${name}-hint">${field.hint}</span>`}
    ${error === undefined ? nothing : html`<span class="field-error" id="${name}-error" role="alert">${error}</span>`}
  </label>`;
}

const submitButton = (action: { id: string; label: string; hint?: string }): TemplateResult =>
  html`<button type="submit" class="button" data-action=${action.id} title=${action.hint ?? nothing}>${action.label}</button>`;
