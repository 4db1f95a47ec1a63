/**
 * The Credit Record as one list that scrolls over all pages. Only the rows in sight are in the page; a page of the list is
 * asked for when a row of it comes into sight.
 */

import type { RecordRow, RecordsSection } from "costrict-credit";
import { type TemplateResult, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { type Send, actionButton, actionRow, select } from "../parts/action.js";
import { geometry } from "../parts/geometry.js";
import { paragraph, problem } from "../parts/text.js";
import { LightElement, property } from "./light.js";

/** Rows that are drawn beyond each edge. */
const MARGIN = 6;
/** Until the first row has been measured. */
const ROW_HEIGHT = 52;

export class CreditRecords extends LightElement {
  static override properties = {
    section: property,
    active: property,
    first: { state: true },
    last: { state: true },
    current: { state: true },
  };

  declare section: RecordsSection;
  declare active: boolean;
  /** The rows that are drawn, and the one that the keyboard is on. */
  declare first: number;
  declare last: number;
  declare current: number;
  send: Send = () => {};
  readonly #rows = new Map<number, RecordRow>();
  readonly #resized = new ResizeObserver(() => this.#look());
  #list = "";
  #page: number | undefined;
  #askedPage: number | undefined;
  #askedFirst = false;
  #rowHeight = ROW_HEIGHT;

  constructor() {
    super();
    this.first = 0;
    this.last = 20;
    this.current = 0;
  }

  override disconnectedCallback(): void {
    this.#resized.disconnect();
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("section")) this.#take(this.section);
  }

  /** Keeps the rows of every page that was seen, as long as it is the same list. */
  #take(section: RecordsSection): void {
    const chosen = section.filter.options.find((option) => option.selected)?.value;
    const list = JSON.stringify([chosen, section.search.value, section.paging.total, section.caption, section.changed]);
    const settled = section.state === "ready" || section.state === "empty";
    if (settled && list !== this.#list) {
      this.#list = list;
      this.#rows.clear();
    }
    section.rows.forEach((row, index) => this.#rows.set(section.paging.first + index, row));
  }

  protected override firstUpdated(): void {
    this.#resized.observe(this);
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const { section } = this;
    if (section.state !== "idle") this.#askedFirst = false;
    else if (this.active && !this.#askedFirst) {
      this.#askedFirst = true;
      this.send({ type: "shown", section: "records" });
    }
    if (changed.has("section") && section.state === "ready" && section.paging.page !== this.#page) this.#turned();
    this.#look();
  }

  /** A page that was not asked for by scrolling was asked for by a button: go there. */
  #turned(): void {
    const known = this.#page !== undefined;
    this.#page = this.section.paging.page;
    const byScrolling = this.#askedPage === this.#page;
    this.#askedPage = undefined;
    const viewport = this.#viewport;
    if (known && !byScrolling && viewport !== null) {
      viewport.scrollTop = this.section.paging.first * this.#rowHeight;
      this.current = this.section.paging.first;
    }
  }

  get #viewport(): HTMLElement | null {
    return this.querySelector(".records-viewport");
  }

  get #count(): number {
    const { total, first } = this.section.paging;
    return total ?? first + this.section.rows.length;
  }

  /** Which rows are in sight now, and which page they lack. */
  #look(): void {
    const viewport = this.#viewport;
    if (viewport === null || viewport.clientHeight === 0) return;
    this.#rowHeight = viewport.querySelector<HTMLElement>(".record")?.offsetHeight || this.#rowHeight;
    const top = Math.floor(viewport.scrollTop / this.#rowHeight);
    const shown = Math.ceil(viewport.clientHeight / this.#rowHeight);
    this.first = Math.max(0, top - MARGIN);
    this.last = Math.min(this.#count, top + shown + MARGIN);
    this.#fill(top, Math.min(this.#count, top + shown));
  }

  #fill(from: number, to: number): void {
    const { state, paging } = this.section;
    if (state !== "ready" || paging.total === undefined) return;
    for (let index = from; index < to; index += 1) {
      if (this.#rows.has(index)) continue;
      const page = Math.floor(index / paging.pageSize) + 1;
      if (page === this.#askedPage) return;
      // A page that came back short is not asked for again and again.
      if (page === paging.page) continue;
      this.#askedPage = page;
      this.send({ type: "act", id: "records_page", value: String(page) });
      return;
    }
  }

  protected override render(): TemplateResult {
    const { section } = this;
    return html`<h2>${section.title}</h2>
      <div class="records-tools">
        ${select(section.filter, (value) => this.send({ type: "act", id: section.filter.id, value }))}
        <form class="search" role="search" @submit=${(event: SubmitEvent) => this.#search(event)}>
          <label class="field">
            <span class="field-label">${section.search.label}</span>
            <input
              type="search"
              name="text"
              placeholder=${section.search.placeholder}
              .value=${section.search.value}
            />
          </label>
          <button type="submit" class="button" data-action=${section.search.id}>${section.search.submit}</button>
        </form>
      </div>
      ${section.changed === undefined
        ? nothing
        : html`<div class="banner" data-tone="neutral">
            <div><p>${section.changed.text}</p>${actionRow([section.changed.action], this.send)}</div>
          </div>`}
      <div class="stack" aria-busy=${section.state === "loading"}>
        ${paragraph(section.note, "muted note")} ${problem(section.problem, this.send)}
        ${this.#count === 0 ? nothing : this.#grid()}
      </div>
      ${this.#footer()}`;
  }

  #grid(): TemplateResult {
    const { columns, caption } = this.section;
    const indices = Array.from({ length: Math.max(0, this.last - this.first) }, (_, index) => this.first + index);
    return html`<div class="records" role="grid" aria-label=${caption} aria-rowcount=${this.#count} aria-colcount="5">
        <div role="rowgroup" class="records-head">
          <div role="row" class="record-head">
            <span role="columnheader" class="record-amount">${columns.amount}</span>
            <span role="columnheader" class="record-kind">${columns.kind}</span>
            <span role="columnheader" class="record-description">${columns.description}</span>
            <span role="columnheader" class="record-at">${columns.at}</span>
            <span role="columnheader" class="record-expires">${columns.expires}</span>
          </div>
        </div>
        <div
          role="rowgroup"
          class="records-viewport"
          @scroll=${() => this.#look()}
          @keydown=${(event: KeyboardEvent) => this.#walk(event)}
        >
          <div class="records-all" role="presentation" ${geometry({ "--count": this.#count })}>
            ${repeat(indices, (index) => index, (index) => this.#row(index))}
          </div>
        </div>
      </div>
      ${this.#readout()}`;
  }

  #row(index: number): TemplateResult {
    const row = this.#rows.get(index);
    // The one row that Tab reaches has to be among those that are drawn.
    const reachable = index === Math.min(Math.max(this.current, this.first), this.last - 1);
    return html`<div
      role="row"
      class="record"
      data-index=${index}
      data-direction=${row?.direction ?? "none"}
      aria-rowindex=${index + 1}
      aria-busy=${row === undefined}
      tabindex=${reachable ? 0 : -1}
      title=${row?.summary ?? nothing}
      ${geometry({ "--index": index })}
      @focus=${() => {
        this.current = index;
      }}
    >
      <span role="gridcell" class="record-amount">${row?.amount}</span>
      <span role="gridcell" class="record-kind">${row?.kind}</span>
      <span role="gridcell" class="record-description">${row?.description}</span>
      <span role="gridcell" class="record-at">${row?.at}</span>
      <span role="gridcell" class="record-expires">${row?.expires}</span>
    </div>`;
  }

  /** The whole of the row that the keyboard or the pointer chose; in the list it is cut to one height. */
  #readout(): TemplateResult {
    const row = this.#rows.get(this.current);
    return html`<div class="readout-box muted small">
      ${paragraph(row?.summary)}
      ${row === undefined || row.items.length === 0 ? nothing : html`<ul>${row.items.map((item) => html`<li>${item}</li>`)}</ul>`}
    </div>`;
  }

  #footer(): TemplateResult {
    const { paging } = this.section;
    return html`<div class="records-footer">
      <nav class="paging" aria-label=${paging.label}>
        ${actionButton(paging.previous, this.send)}<span class="muted">${paging.text}</span>${actionButton(paging.next, this.send)}
      </nav>
      ${actionRow(this.section.export, this.send)}
    </div>`;
  }

  #search(event: SubmitEvent): void {
    event.preventDefault();
    const text = new FormData(event.target as HTMLFormElement).get("text");
    this.send({ type: "records_search", text: String(text) });
  }

  async #walk(event: KeyboardEvent): Promise<void> {
    const viewport = this.#viewport;
    if (viewport === null) return;
    const jump = Math.max(1, Math.floor(viewport.clientHeight / this.#rowHeight) - 1);
    const last = this.#count - 1;
    const to = {
      ArrowDown: this.current + 1,
      ArrowUp: this.current - 1,
      PageDown: this.current + jump,
      PageUp: this.current - jump,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.current = Math.min(Math.max(to, 0), last);
    const top = this.current * this.#rowHeight;
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    const bottom = top + this.#rowHeight - viewport.clientHeight;
    if (bottom > viewport.scrollTop) viewport.scrollTop = bottom;
    this.#look();
    await this.updateComplete;
    viewport.querySelector<HTMLElement>(`[data-index="${this.current}"]`)?.focus({ preventScroll: true });
  }
}
