/** Use per day or hour and per model: chart or table of the same, its single requests, and how good the estimates were. */

import type { Choice, UsageSection } from "costrict-credit";
import type { PageMessage } from "costrict-credit/panel-session";
import { html, nothing, type TemplateResult } from "lit";
import { actionButton, actionRow, type Send, segments } from "../components/action.js";
import { chart } from "../components/chart.js";
import { FieldKeeper, type FieldStore } from "../components/field-keeper.js";
import { geometry } from "../components/geometry.js";
import { line, paragraph, problem, progress, status, table } from "../components/text.js";
import { LightDomElement, property } from "./light-dom-element.js";

/** The range whose days the user names. */
const CUSTOM_RANGE = "custom";

export class CreditUsage extends LightDomElement {
  static override properties = {
    section: property,
    active: property,
    tables: property,
    highlightedBar: { state: true },
    isCustomOpen: { state: true },
    statusText: { state: true },
    invalid: { state: true },
  };

  declare section: UsageSection;
  declare active: boolean;
  declare tables: boolean;
  /** Index of the day in the readout; -1 for none. */
  declare highlightedBar: number;
  /** The form for an own range is open, though another range may still be shown. */
  declare isCustomOpen: boolean;
  /** Result of the last range change, for the live region. */
  declare statusText: string;
  /** The core refused the range that was entered. */
  declare invalid: boolean;
  send: Send = () => {};
  fields: FieldStore | undefined;
  showTables: (tables: boolean) => void = () => {};
  #loadRequested = false;
  /** The request whose result is to be announced, and the section that it was made from. */
  #request: { message: PageMessage; section: UsageSection } | undefined;
  #listPending = false;

  constructor() {
    super();
    this.statusText = "";
    this.highlightedBar = -1;
    this.isCustomOpen = false;
    this.invalid = false;
    this.addController(new FieldKeeper(this));
  }

  /** The core refused the range; the one before it stays. */
  refused(): void {
    this.isCustomOpen = true;
    this.invalid = true;
    this.#request = undefined;
    this.querySelector<HTMLInputElement>("input[name=from]")?.focus();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.isCustomOpen ||= this.fields?.value("usage.isCustomOpen") === "true";
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const { busy, state, total, note, problem, requests } = this.section;
    if (this.#listPending && changed.has("section") && requests !== undefined) {
      this.#listPending = false;
      this.statusText = requests.paging === undefined ? requests.title : `${requests.title}, ${requests.paging.text}`;
    }
    if (this.#request === undefined || busy === true || state === "loading" || state === "idle") return;
    // Until the host has taken the request in, the section is still that of the range before.
    if (this.section === this.#request.section || !this.#shows(this.#request.message)) return;
    this.#request = undefined;
    this.statusText = problem?.title ?? total ?? note ?? "";
  }

  protected override updated(): void {
    if (this.section.state !== "idle") this.#loadRequested = false;
    else if (this.active && !this.#loadRequested) {
      this.#loadRequested = true;
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
        ${section.days === undefined ? nothing : segments(section.days, (value) => this.#chooseDays(value))}
      </div>
      <div class="ranges">${segments(this.#ranges, (value) => this.#chooseRange(value))}</div>
      ${status(this.statusText)}
      ${this.#ranges.options.some(({ value, selected }) => value === CUSTOM_RANGE && selected) ? this.#customRangeForm() : nothing}
      <div class="stack busy-frame" aria-busy=${waits}>
        ${waits ? progress(section.note) : note(section.chart === undefined)} ${problem(section.problem, this.send)}
        ${line(section.partial)} ${section.state === "loading" ? this.#skeleton() : nothing}
        ${paragraph(section.total, "total")} ${paragraph(this.#remarks, "muted remarks")}
        ${
          section.accuracy.length === 0
            ? nothing
            : html`<div class="accuracy">${section.accuracy.map((content) => line(content))}</div>`
        }
        ${section.chart === undefined ? nothing : this.#chart()}
        ${note(!waits && section.chart !== undefined)}
        ${this.#requests()}
      </div>
      ${actionRow(section.export, this.send)} ${problem(section.exported, this.send, "alert")}`;
  }

  /** As high as the chart that comes, so that nothing below it moves. */
  #skeleton(): TemplateResult {
    return html`<div class="skeleton skeleton-chart" aria-hidden="true"><span></span><span></span></div>`;
  }

  #chart(): TemplateResult {
    const { chart: content, table: rows, modelTable } = this.section;
    if (content === undefined) return html``;
    const pictures = html`${chart(content, {
      index: this.highlightedBar,
      move: (index) => {
        this.highlightedBar = index;
      },
      select: (value) => this.#list({ type: "act", id: content.select, value }),
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
          (model, index) =>
            html`<li>
              <span class="share-name">${model.name}</span>
              <span class="share-percent">${model.percent}</span>
              <span class="share-bar" data-series=${this.#seriesOf(index)} ${geometry({ "--share": model.share ?? 0 })} aria-hidden="true"></span>
              <span class="share-detail muted parts"><span>${model.amount}</span><span>${model.requests}</span></span>
            </li>`,
        )}
      </ul>`;
  }

  /** Models come in the order of the chart's series, and those without one are the last series together. */
  #seriesOf(model: number): number {
    const last = (this.section.chart?.series.length ?? 0) - 1;
    return Math.max(0, Math.min(model, last));
  }

  get #remarks(): string | undefined {
    const remarks = [this.section.before, this.section.peak].filter((remark) => remark !== undefined);
    return remarks.length === 0 ? undefined : remarks.join(" ");
  }

  #requests(): TemplateResult | typeof nothing {
    const { requests } = this.section;
    if (requests === undefined) return nothing;
    const { title, table: rows, all, paging } = requests;
    const list: Send = (message) => this.#list(message);
    return html`<div class="requests">
      <div class="heading-row">
        <h3 id="requests-title">${title}</h3>
        ${all === undefined ? nothing : actionButton(all, list, { asLink: true })}
      </div>
      ${table(rows, false, "requests-title")}
      ${
        paging === undefined
          ? nothing
          : html`<nav class="requests-paging" aria-label=${paging.label}>
              <span class="muted">${paging.text}</span>
              ${actionButton(paging.previous, list)} ${actionButton(paging.next, list)}
            </nav>`
      }
    </div>`;
  }

  /** Lists other requests, and says which once they are there. */
  #list(message: PageMessage): void {
    this.statusText = "";
    this.#listPending = true;
    this.send(message);
  }

  #chooseDays(value: string): void {
    if (this.section.days !== undefined) this.#requestUsage({ type: "act", id: this.section.days.id, value });
  }

  get #ranges(): Choice {
    const { ranges } = this.section;
    if (!this.isCustomOpen) return ranges;
    return {
      ...ranges,
      options: ranges.options.map((option) => ({ ...option, selected: option.value === CUSTOM_RANGE })),
    };
  }

  #chooseRange(value: string): void {
    this.isCustomOpen = value === CUSTOM_RANGE;
    if (!this.isCustomOpen) this.fields?.clear("usage.");
    this.fields?.set("usage.isCustomOpen", this.isCustomOpen ? "true" : "");
    if (!this.isCustomOpen) this.#requestUsage({ type: "act", id: this.section.ranges.id, value });
  }

  #customRangeForm(): TemplateResult {
    const { custom } = this.section;
    const day = (name: string, field: { label: string; value: string }) =>
      html`<label class="field">
        <span class="field-label">${field.label}</span>
        <input
          type="date"
          name=${name}
          data-keep="usage.${name}"
          required
          min=${custom.min}
          max=${custom.max}
          .value=${this.fields?.value(`usage.${name}`) || field.value}
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
      @submit=${(event: SubmitEvent) => this.#submitCustomRange(event)}
    >
      ${day("from", custom.from)} ${day("to", custom.to)}
      <button type="submit" class="button" data-action=${custom.submit.id} title=${custom.submit.hint ?? nothing}>
        ${custom.submit.label}
      </button>
      ${this.invalid ? html`<p class="field-error" id="range-error" role="alert">${custom.invalid}</p>` : nothing}
    </form>`;
  }

  #submitCustomRange(event: SubmitEvent): void {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    this.#requestUsage({ type: "usage_custom", from: String(fields.get("from")), to: String(fields.get("to")) });
  }

  /** Whether the section is of the range of a request. */
  #shows(message: PageMessage): boolean {
    const { ranges, days, custom } = this.section;
    if (message.type === "act") {
      const choice = message.id === days?.id ? days : ranges;
      return choice.options.find((option) => option.selected)?.value === message.value;
    }
    return message.type === "usage_custom" && message.from === custom.from.value && message.to === custom.to.value;
  }

  #requestUsage(message: PageMessage): void {
    this.statusText = "";
    this.invalid = false;
    this.#request = { message, section: this.section };
    this.send(message);
  }
}
