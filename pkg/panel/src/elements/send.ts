/** Estimates what a prompt costs. Sends it only where the host can. */

import type { RaiseForm, SendEstimate, SendSection } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";

import { actionButton, type Send, segments, select } from "../components/action.js";
import { disclosedTable, meter, paragraph, problem } from "../components/text.js";
import { LightDomElement, property } from "./light-dom-element.js";

export class CreditSend extends LightDomElement {
  static override properties = {
    section: property,
    canSend: property,
    tooLong: { state: true },
    copyResult: { state: true },
    raiseTo: { state: true },
  };

  declare section: SendSection;
  /** The host sends prompts and shows their answers. */
  declare canSend: boolean;
  /** How the last copy of the prompt ended; until the prompt changes. */
  declare copyResult: "copied" | "selected" | undefined;
  /** The limit that was chosen, until it is raised. */
  declare raiseTo: string | undefined;
  send: Send = () => {};
  /** The prompt that was being written when the page was left. */
  draft: () => string = () => "";
  /** The prompt is longer than what can be estimated and sent; it stays in the box, to be shortened. */
  declare tooLong: boolean;
  #frame: number | undefined;

  constructor() {
    super();
    this.canSend = false;
    this.tooLong = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  /** The prompt was too long to be passed on. */
  refused(): void {
    this.tooLong = true;
  }

  /** The prompt was accepted: the box is free for the next one. */
  sent(): void {
    const prompt = this.#prompt;
    if (prompt !== null) prompt.value = "";
  }

  /** The request failed: restores the prompt, unless another one was started. */
  returned(text: string): void {
    const prompt = this.#prompt;
    if (prompt !== null && prompt.value === "") prompt.value = text;
  }

  get #prompt(): HTMLTextAreaElement | null {
    return this.querySelector("textarea");
  }

  get #model(): string {
    return this.section.model.options.find((option) => option.selected)?.value ?? "";
  }

  protected override firstUpdated(): void {
    this.returned(this.draft());
  }

  protected override render(): TemplateResult {
    const { section } = this;
    return html`<h2>${section.title}</h2>
      <form class="send-form" @submit=${(event: SubmitEvent) => this.#submit(event)}>
        ${select(section.model, (value) => this.send({ type: "act", id: section.model.id, value }))}
        <label class="field">
          <span class="field-label">${section.prompt.label}</span>
          <textarea
            name="prompt"
            rows="3"
            placeholder=${section.prompt.placeholder}
            aria-invalid=${this.tooLong ? "true" : nothing}
            aria-describedby=${this.tooLong ? "prompt-error" : nothing}
            @input=${() => this.#draftChanged()}
            @keydown=${(event: KeyboardEvent) => this.#submitOnShortcut(event)}
          ></textarea>
          ${this.tooLong ? html`<span class="field-error" id="prompt-error" role="alert">${section.prompt.tooLong}</span>` : nothing}
        </label>
        ${problem(section.refusal, this.send, "alert")}
        ${section.estimate === undefined ? nothing : this.#estimate(section.estimate)}
        <div class="actions">
          ${this.canSend ? actionButton(section.submit, this.send, { submit: true }) : nothing}${this.#copyButton()}
        </div>
      </form>
      ${disclosedTable(section.comparison)} ${disclosedTable(section.tasks)}`;
  }

  /** The page has the prompt, so the page copies it: a message could put any text into the clipboard. */
  #copyButton(): TemplateResult {
    const { hint, ...action } = this.section.copy;
    return html`${actionButton(action, () => void this.#copy())}<span class="done" role="status"
        >${this.copyResult === "copied" ? hint : nothing}</span
      >`;
  }

  async #copy(): Promise<void> {
    const prompt = this.#prompt;
    if (prompt === null || prompt.value === "") {
      prompt?.focus();
      return;
    }
    try {
      await navigator.clipboard.writeText(prompt.value);
      this.copyResult = "copied";
    } catch {
      // Ready to be copied by hand.
      prompt.select();
      this.copyResult = "selected";
    }
  }

  #estimate(estimate: SendEstimate): TemplateResult {
    return html`<div class="estimate">
      <p class="estimate-cost">
        <strong>${estimate.cost}</strong>
        ${estimate.range === undefined ? nothing : html`<span class="muted">${estimate.range}</span>`}
      </p>
      <ul class="estimate-details">
        ${[...estimate.notes, estimate.after, estimate.requestsLeft, estimate.paidFrom, estimate.tokens]
          .filter((text) => text !== undefined)
          .map((text) => html`<li>${text}</li>`)}
      </ul>
      ${estimate.caps.map((cap) => html`<div class="cap"><p class="cap-line"><span>${cap.label}</span><span>${cap.valueText}</span></p>${meter(cap)}</div>`)}
      ${problem(estimate.warning, this.send)} ${estimate.raise === undefined ? nothing : this.#raise(estimate.raise)} ${paragraph(estimate.summary, "visually-hidden")}
    </div>`;
  }

  /** Chosen and then pressed: that confirms it, where the host does not ask. */
  #raise({ choice, lasts, submit }: RaiseForm): TemplateResult {
    const { raiseTo } = this;
    const isOffered = choice.options.some(({ value }) => value === raiseTo);
    const options = choice.options.map((option) =>
      isOffered ? { ...option, selected: option.value === raiseTo } : option,
    );
    const shown = { ...choice, options };
    const raise = (event: Event) => {
      const chosen = (event.currentTarget as HTMLElement)
        .closest(".raise")
        ?.querySelector<HTMLInputElement>("input:checked");
      if (chosen != null) this.send({ type: "act", id: submit.id, value: chosen.value });
    };
    return html`<details class="disclosure raise">
      <summary>${submit.label}</summary>
      ${segments(shown, (value) => {
        this.raiseTo = value;
      })}
      <p class="muted small">${lasts}</p>
      <button type="button" class="button" data-action=${submit.id} @click=${raise}><span>${submit.label}</span></button>
    </details>`;
  }

  /** At most one draft for each picture that the screen shows. */
  #draftChanged(): void {
    this.copyResult = undefined;
    if (this.#frame !== undefined) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      const text = this.#prompt?.value ?? "";
      this.tooLong = text.length > this.section.prompt.maxLength;
      if (!this.tooLong) this.send({ type: "draft", text, model: this.#model });
    });
  }

  #submitOnShortcut(event: KeyboardEvent): void {
    if (this.canSend && event.key === "Enter" && (event.ctrlKey || event.metaKey))
      this.querySelector("form")?.requestSubmit();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    if (!this.canSend) return;
    const text = this.#prompt?.value ?? "";
    if (text.trim() === "") this.#prompt?.focus();
    this.tooLong = text.length > this.section.prompt.maxLength;
    if (this.tooLong) this.#prompt?.focus();
    if (text.trim() === "" || this.tooLong || this.section.submit.disabled) return;
    this.send({ type: "send", text, model: this.#model });
  }
}
