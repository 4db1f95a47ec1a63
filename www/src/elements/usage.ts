/** Use per day and per model: chart or table of the same, and how good the estimates were. */

import type { Choice, UsageSection } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";

import { actionRow, type Send, segments } from "../parts/action.js";
import { chart } from "../parts/chart.js";
import { geometry } from "../parts/geometry.js";
import { line, paragraph, problem, progress, status, table } from "../parts/text.js";
import type { PageMessage } from "../protocol.js";
import { LightElement, property } from "./light.js";

/** The range whose days the user names. */
const OWN = "custom";

export class CreditUsage extends LightElement {
  static override properties = {
    section: property,
    active: property,
    tables: property,
    cursor: { state: true },
    own: { state: true },
    said: { state: true },
    invalid: { state: true },
  };

  declare section: UsageSection;
  declare active: boolean;
  declare tables: boolean;
  /** The day that the readout tells of; -1 for none. */
  declare cursor: number;
  /** The form for an own range is open, though another range may still be shown. */
  declare own: boolean;
  /** What came of the period that was asked for, for a reader who does not see it come. */
  declare said: string;
  /** The core refused the range that was entered. */
  declare invalid: boolean;
  send: Send = () => {};
  showTables: (tables: boolean) => void = () => {};
  #asked = false;
  #awaited = false;

  constructor() {
    super();
    this.said = "";
    this.cursor = -1;
    this.own = false;
    this.invalid = false;
  }

  /** The core refused the range; the one before it stays. */
  refused(): void {
    this.own = true;
    this.invalid = true;
    this.#awaited = false;
    this.querySelector<HTMLInputElement>("input[name=from]")?.focus();
  }

  protected override willUpdate(): void {
    const { busy, state, total, note, problem } = this.section;
    if (!this.#awaited || busy === true || state === "loading" || state === "idle") return;
    this.#awaited = false;
    this.said = problem?.title ?? total ?? note ?? "";
  }

  protected override updated(): void {
    if (this.section.state !== "idle") this.#asked = false;
    else if (this.active && !this.#asked) {
      this.#asked = true;
      this.send({ type: "shown", section: "usage" });
    }
  }

  protected override render(): TemplateResult {
    const { section } = this;
    const waits = section.busy === true || section.state === "loading";
    // Beside numbers it is a remark on them, and pushes none of them down.
    const note = (here: boolean) => (here ? paragraph(section.note, "muted note") : nothing);
    return html`<div class="heading-row">
        <h2>${section.title}</h2>
        ${segments(this.#ranges, (value) => this.#pick(value))}
      </div>
      ${status(this.said)}
      ${this.#ranges.options.some(({ value, selected }) => value === OWN && selected) ? this.#ownRange() : nothing}
      <div class="stack busy-frame" aria-busy=${waits}>
        ${waits ? progress(section.note) : note(section.chart === undefined)} ${problem(section.problem, this.send)}
        ${line(section.partial)} ${section.state === "loading" ? this.#skeleton() : nothing}
        ${paragraph(section.total, "total")}
        ${
          section.accuracy.length === 0
            ? nothing
            : html`<div class="accuracy">${section.accuracy.map((content) => line(content))}</div>`
        }
        ${section.chart === undefined ? nothing : this.#picture()}
        ${note(!waits && section.chart !== undefined)}
      </div>
      ${actionRow(section.export, this.send)} ${problem(section.exported, this.send, "alert")}`;
  }

  /** As high as the chart that comes, so that nothing below it moves. */
  #skeleton(): TemplateResult {
    return html`<div class="skeleton skeleton-chart" aria-hidden="true"><span></span><span></span></div>`;
  }

  #picture(): TemplateResult {
    const { chart: content, table: rows, modelTable } = this.section;
    if (content === undefined) return html``;
    const pictures = html`${chart(content, {
      index: this.cursor,
      move: (index) => {
        this.cursor = index;
      },
    })}
    ${this.#models()}`;
    const tables = html`${rows === undefined ? nothing : table(rows)}${modelTable === undefined ? nothing : table(modelTable)}`;
    return html`<div class="chart-frame">
      ${this.tables ? tables : pictures}
      <button type="button" class="link" data-action="tables" @click=${() => this.showTables(!this.tables)}>
        ${this.tables ? content.showChart : content.showTable}
      </button>
    </div>`;
  }

  #models(): TemplateResult | typeof nothing {
    const { models, modelsTitle } = this.section;
    if (models.length === 0) return nothing;
    return html`<h3>${modelsTitle}</h3>
      <ul class="shares">
        ${models.map(
          (model) =>
            html`<li>
              <span class="share-name">${model.name}</span>
              <span class="share-percent">${model.percent}</span>
              <span class="share-bar" ${geometry({ "--share": model.share ?? 0 })} aria-hidden="true"></span>
              <span class="share-detail muted parts"><span>${model.amount}</span><span>${model.requests}</span></span>
            </li>`,
        )}
      </ul>`;
  }

  get #ranges(): Choice {
    const { ranges } = this.section;
    if (!this.own) return ranges;
    return { ...ranges, options: ranges.options.map((option) => ({ ...option, selected: option.value === OWN })) };
  }

  #pick(value: string): void {
    this.own = value === OWN;
    if (!this.own) this.#ask({ type: "act", id: this.section.ranges.id, value });
  }

  #ownRange(): TemplateResult {
    const { custom } = this.section;
    const day = (name: string, field: { label: string; value: string }) =>
      html`<label class="field">
        <span class="field-label">${field.label}</span>
        <input
          type="date"
          name=${name}
          required
          min=${custom.min}
          max=${custom.max}
          .value=${field.value}
          aria-invalid=${this.invalid ? "true" : nothing}
          aria-describedby=${this.invalid ? "range-error" : nothing}
        />
      </label>`;
    return html`<form
      class="range-form"
      aria-label=${custom.legend}
      @input=${() => {
        this.invalid = false;
      }}
      @submit=${(event: SubmitEvent) => this.#askRange(event)}
    >
      ${day("from", custom.from)} ${day("to", custom.to)}
      <button type="submit" class="button" data-action=${custom.submit.id} title=${custom.submit.hint ?? nothing}>
        ${custom.submit.label}
      </button>
      ${this.invalid ? html`<p class="field-error" id="range-error" role="alert">${custom.invalid}</p>` : nothing}
    </form>`;
  }

  #askRange(event: SubmitEvent): void {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    this.#ask({ type: "usage_custom", from: String(fields.get("from")), to: String(fields.get("to")) });
  }

  #ask(message: PageMessage): void {
    this.said = "";
    this.invalid = false;
    this.#awaited = true;
    this.send(message);
  }
}
