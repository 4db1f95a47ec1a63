/**
 * The Credit Record as one list that scrolls over all pages. Only the rows in sight are in the page; a page of the list is
 * requested when one of its rows becomes visible.
 */

import type { Action, RecordRow, RecordsSection } from "costrict-credit";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { actionButton, actionRow, type Send, select } from "../components/action.js";
import { FieldKeeper, type FieldStore } from "../components/field-keeper.js";
import { geometry } from "../components/geometry.js";
import { selectText } from "../components/selection.js";
import { paragraph, problem, progress, resultBanner, status } from "../components/text.js";
import { LightDomElement, property } from "./light-dom-element.js";

/** Rows that are drawn beyond each edge. */
const OVERSCAN_ROWS = 6;
/** Until the first row has been measured. */
const DEFAULT_ROW_HEIGHT_PX = 52;
/** A page is requested after scrolling was idle for this long, so that fast scrolling skips pages in between. */
const SCROLL_IDLE_MS = 120;
/** No row is chosen. */
const NO_ROW = -1;

export class CreditRecords extends LightDomElement {
  static override properties = {
    section: property,
    active: property,
    copyFailed: property,
    first: { state: true },
    last: { state: true },
    current: { state: true },
    shownVoucher: { state: true },
    copied: { state: true },
    statusText: { state: true },
  };

  declare section: RecordsSection;
  declare active: boolean;
  /** The rows that are drawn, and the one that was chosen by keyboard or pointer. */
  declare first: number;
  declare last: number;
  declare current: number;
  /** The row whose voucher's code is shown. */
  declare shownVoucher: number;
  /** Its code was to be copied; without `done` its end is not known yet. */
  declare copied: { done?: boolean } | undefined;
  /** What to show when a code could not be copied. */
  declare copyFailed: string;
  /** What a filter or a search found, for a reader who does not see it come. */
  declare statusText: string;
  send: Send = () => {};
  fields: FieldStore | undefined;
  readonly #rows = new Map<number, RecordRow>();
  readonly #resizeObserver = new ResizeObserver(() => this.#measure());
  #listKey = "";
  #filterKey = "";
  /** Another list was chosen: it begins at its head. */
  #scrollToTop = false;
  /** It was chosen, and its answer is not there yet. */
  #resultPending = false;
  #page: number | undefined;
  #requestedPage: number | undefined;
  #loadRequested = false;
  #rowHeight = DEFAULT_ROW_HEIGHT_PX;
  #height = 0;
  #scrollTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.first = 0;
    this.last = 20;
    this.current = NO_ROW;
    this.shownVoucher = NO_ROW;
    this.statusText = "";
    this.addController(new FieldKeeper(this));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resizeObserver.observe(this);
  }

  override disconnectedCallback(): void {
    this.#resizeObserver.disconnect();
    clearTimeout(this.#scrollTimer);
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("section")) this.#mergeRows(this.section);
  }

  /** Keeps the rows of every page that was seen, as long as it is the same list. */
  #mergeRows(section: RecordsSection): void {
    const chosen = section.filter.options.find((option) => option.selected)?.value;
    const list = JSON.stringify([chosen, section.search.value, section.paging.total, section.caption, section.changed]);
    // What is shown while another answer is under way may be of another list than the one that is chosen.
    if (section.busy && this.#listKey !== "") return;
    const choice = JSON.stringify([chosen, section.search.value]);
    const settled = section.state === "ready" || section.state === "empty";
    if (choice !== this.#filterKey) this.#scrollToTop = this.#filterKey !== "";
    if (this.#scrollToTop) this.statusText = "";
    this.#resultPending ||= this.#scrollToTop;
    if (settled && this.#resultPending) this.statusText = section.note ?? section.paging.text;
    this.#resultPending &&= !settled;
    this.#filterKey = choice;
    if (settled && list !== this.#listKey) {
      this.#listKey = list;
      this.#rows.clear();
      this.current = NO_ROW;
      this.shownVoucher = NO_ROW;
    }
    for (const [index, row] of section.rows.entries()) this.#rows.set(section.paging.first + index, row);
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const { section } = this;
    if (section.state !== "idle" && section.outdated !== true) this.#loadRequested = false;
    else if (this.active && !this.#loadRequested) {
      this.#loadRequested = true;
      this.send({ type: "shown", section: "records" });
    }
    if (!changed.has("section") && !changed.has("active")) return;
    if (section.state === "ready" && !section.busy && section.paging.page !== this.#page) this.#pageChanged();
    this.#measure();
  }

  /** A page that scrolling did not request was chosen by a button: scroll to it. */
  #pageChanged(): void {
    const known = this.#page !== undefined && !this.#scrollToTop;
    this.#page = this.section.paging.page;
    const byScrolling = this.#requestedPage === this.#page;
    this.#requestedPage = undefined;
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

  /** How high a row is, which depends on width and fonts; and then which rows are in sight. */
  #measure(): void {
    const viewport = this.#viewport;
    if (viewport === null || viewport.clientHeight === 0) return;
    if (this.#scrollToTop) viewport.scrollTop = 0;
    this.#scrollToTop = false;
    this.#height = viewport.clientHeight;
    this.#rowHeight = viewport.querySelector<HTMLElement>(".record")?.offsetHeight || this.#rowHeight;
    this.#updateVisibleRows(viewport);
  }

  /** Which rows are in sight now, and, once scrolling rests, which page they lack. */
  #updateVisibleRows(viewport: HTMLElement): void {
    const top = Math.floor(viewport.scrollTop / this.#rowHeight);
    const shown = Math.ceil(this.#height / this.#rowHeight);
    this.first = Math.max(0, top - OVERSCAN_ROWS);
    this.last = Math.min(this.#count, top + shown + OVERSCAN_ROWS);
    clearTimeout(this.#scrollTimer);
    this.#scrollTimer = setTimeout(
      () => this.#requestMissingPage(top, Math.min(this.#count, top + shown)),
      SCROLL_IDLE_MS,
    );
  }

  #requestMissingPage(from: number, to: number): void {
    const { state, busy, paging } = this.section;
    if (state !== "ready" || busy || paging.total === undefined) return;
    for (let index = from; index < to; index += 1) {
      if (this.#rows.has(index)) continue;
      const page = Math.floor(index / paging.pageSize) + 1;
      if (page === this.#requestedPage) return;
      // Do not request a page again that came back short.
      if (page === paging.page) continue;
      this.#requestedPage = page;
      this.send({ type: "act", id: "records_page", value: String(page) });
      return;
    }
  }

  protected override render(): TemplateResult {
    const { section } = this;
    const waits = section.busy === true || section.state === "loading";
    return html`<h2>${section.title}</h2>
      ${status(this.statusText)}
      <div class="records-tools">
        ${select(section.filter, (value) => this.send({ type: "act", id: section.filter.id, value }))}
        <form class="search" role="search" @submit=${(event: SubmitEvent) => this.#search(event)}>
          <label class="field">
            <span class="field-label">${section.search.label}</span>
            <input
              type="search"
              name="text"
              data-keep="records.search"
              placeholder=${section.search.placeholder}
              .value=${section.search.value}
              @input=${(event: Event) => this.#endEmptiedSearch(event)}
            />
          </label>
          <button type="submit" class="button" data-action=${section.search.id}>${section.search.submit}</button>
        </form>
      </div>
      ${
        section.changed === undefined
          ? nothing
          : html`<div class="banner" data-tone="neutral">
            <div><p>${section.changed.text}</p>${actionRow([section.changed.action], this.send)}</div>
          </div>`
      }
      <div class="stack busy-frame" aria-busy=${waits}>
        ${waits ? progress(section.note) : paragraph(section.note, "muted note")} ${problem(section.problem, this.send)}
        ${section.state === "loading" ? skeletonRows() : this.#count === 0 ? nothing : this.#grid()}
      </div>
      ${this.#footer()}`;
  }

  #grid(): TemplateResult {
    const { columns, caption } = this.section;
    const indices = this.#visibleRows;
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
          @scroll=${(event: Event) => this.#updateVisibleRows(event.currentTarget as HTMLElement)}
          @keydown=${(event: KeyboardEvent) => this.#moveRowFocus(event)}
        >
          <div class="records-all" role="presentation" ${geometry({ "--count": this.#count })}>
            ${repeat(
              indices,
              (index) => index,
              (index) => this.#row(index),
            )}
          </div>
        </div>
      </div>
      ${this.#readout()}`;
  }

  /** The rows in sight, and the chosen one wherever it is: the keyboard may be on it. */
  get #visibleRows(): number[] {
    const inSight = Array.from({ length: Math.max(0, this.last - this.first) }, (_, index) => this.first + index);
    const { current } = this;
    if (current === NO_ROW || current >= this.#count || inSight.includes(current)) return inSight;
    return current < this.first ? [current, ...inSight] : [...inSight, current];
  }

  #row(index: number): TemplateResult {
    const row = this.#rows.get(index);
    // The one row that Tab reaches: the chosen one, or the first that is drawn.
    const reachable = index === (this.current === NO_ROW ? this.first : this.current);
    return html`<div
      role="row"
      class="record"
      data-index=${index}
      data-direction=${row?.direction ?? "none"}
      aria-rowindex=${index + 1}
      aria-busy=${row === undefined}
      ?data-current=${index === this.current}
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

  /** The whole of the row that was chosen; in the list it is cut to one height. */
  #readout(): TemplateResult | typeof nothing {
    const row = this.#rows.get(this.current);
    if (row === undefined) return nothing;
    const facts = [row.kind, row.amount, row.at, row.expires].filter((text) => text !== undefined);
    return html`<div class="readout-box">
      <p class="readout-title">${row.description}</p>
      <p class="muted small parts">${facts.map((text) => html`<span>${text}</span>`)}</p>
      ${paragraph(row.note, "small")}
      ${row.items.length === 0 ? nothing : html`<ul class="small">${row.items.map((item) => html`<li>${item}</li>`)}</ul>`}
      ${row.voucher === undefined ? nothing : this.#voucher(row.voucher)}
    </div>`;
  }

  /** The code of a voucher on request: here, or by a host that keeps codes from its page. */
  #voucher({ show, result }: NonNullable<RecordRow["voucher"]>): TemplateResult {
    const reveal: Send = (message) => {
      this.copied = undefined;
      if (result === undefined) this.send(message);
      else this.shownVoucher = this.current;
    };
    const isShown = result !== undefined && this.shownVoucher === this.current;
    return html`<div role="status">
      ${isShown ? resultBanner(result, (action) => this.#copy(action)) : html`<p class="actions">${actionButton(show, reveal)}</p>`}
    </div>`;
  }

  #copy({ hint, ...action }: Action): TemplateResult {
    const copy: Send = (message) => {
      this.copied = {};
      this.send(message);
    };
    const done = this.copied?.done;
    return html`<p class="actions">
      ${actionButton(action, copy)}<span class=${done === false ? "field-error" : "done"} role="status"
        >${done === undefined ? nothing : done ? hint : this.copyFailed}</span
      >
    </p>`;
  }

  /** The host has copied the code, or could not: then it is selected, ready to be copied by hand. */
  showCopyResult(done: boolean): void {
    if (this.copied === undefined || this.copied.done !== undefined) return;
    this.copied = { done };
    const code = this.querySelector(".voucher-code code");
    if (!done && code !== null) selectText(code);
  }

  #footer(): TemplateResult {
    const { paging } = this.section;
    return html`<div class="records-footer">
      <nav class="paging" aria-label=${paging.label}>
        ${paging.previous.disabled && paging.next.disabled ? nothing : actionButton(paging.previous, this.send)}
        <span class="muted">${paging.text}</span>
        ${paging.previous.disabled && paging.next.disabled ? nothing : actionButton(paging.next, this.send)}
      </nav>
      ${actionRow(this.section.export, this.send)}
    </div>
    ${problem(this.section.exported, this.send, "alert")}`;
  }

  /** An emptied search ends: Escape and the field's own button leave nothing to submit. */
  #endEmptiedSearch(event: Event): void {
    const text = (event.target as HTMLInputElement).value;
    if (text === "" && this.section.search.value !== "") this.send({ type: "records_search", text });
  }

  #search(event: SubmitEvent): void {
    event.preventDefault();
    const text = new FormData(event.target as HTMLFormElement).get("text");
    // From here on the session keeps it.
    this.fields?.clear("records.");
    this.send({ type: "records_search", text: String(text) });
  }

  async #moveRowFocus(event: KeyboardEvent): Promise<void> {
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
    this.#updateVisibleRows(viewport);
    await this.updateComplete;
    viewport.querySelector<HTMLElement>(`[data-index="${this.current}"]`)?.focus({ preventScroll: true });
  }
}

/** As high as the list that comes. */
const skeletonRows = (): TemplateResult =>
  html`<div class="skeleton skeleton-rows" aria-hidden="true">${Array.from({ length: 6 }, () => html`<span></span>`)}</div>`;
