/** The account panel: heading, tabs, the sections of the chosen tab, and the live region. */

import type { BalanceSection, PanelView, Section, SectionGroup } from "costrict-credit";
import type { HostMessage, SavedChoices } from "costrict-credit/panel-session";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { actionButton, type Send } from "../components/action.js";
import { afterNextPaint } from "../components/after-next-paint.js";
import { FieldStore } from "../components/field-keeper.js";
import { SETTINGS } from "../components/icon.js";
import { line } from "../components/text.js";
import type { PageEnd } from "../connection/page-end.js";
import { balance, forecast, loading, sources, welcome } from "../sections/balance.js";
import { ladder } from "../sections/ladder.js";
import { models } from "../sections/models.js";
import { settings } from "../sections/settings.js";
import { task, tasks } from "../sections/tasks.js";
import type { CreditAccount } from "./account.js";
import { LightDomElement, property } from "./light-dom-element.js";
import type { CreditRecords } from "./records.js";
import type { CreditSend } from "./send.js";
import { isShown, isTaskAlone, withSections } from "./shown-sections.js";
import type { CreditUsage } from "./usage.js";
import type { CreditVoucher } from "./voucher.js";

/** How long the number before a change stays beside the new one. */
const CHANGE_SHOWN_MS = 8_000;

/** How many sections of a tab are in the first frame: what a side bar shows without scrolling. */
const FIRST_PAINT_SECTIONS = 2;

export class CreditView extends LightDomElement {
  static override properties = {
    wanted: property,
    view: { state: true },
    choices: { state: true },
    canSend: { state: true },
    canChangeBudget: { state: true },
    announcement: { state: true },
    changedFrom: { state: true },
    isFirstPaintDone: { state: true },
    lastFailure: { state: true },
  };

  /** The sections that the embedder wants to show; null: all. */
  declare wanted: string | null;
  declare view: PanelView | undefined;
  declare choices: SavedChoices;
  /** The host sends prompts. */
  declare canSend: boolean;
  /** The host has a place where budgets are set. */
  declare canChangeBudget: boolean;
  /** What the live region holds. */
  declare announcement: string;
  /** The headline's value before its last change. */
  declare changedFrom: string | undefined;
  /** Whether the first sections were painted. The rest follows one frame later, so the balance appears sooner. */
  declare isFirstPaintDone: boolean;
  /** What the host could not do last; until something else is tried. */
  declare lastFailure: Extract<HostMessage, { type: "failed" }>["what"] | undefined;
  /** Called with each view that is shown. */
  viewChanged: (view: PanelView) => void = () => {};
  /** Called when the session cannot be understood: only a reload brings page and session to one version. */
  incompatible: () => void = () => {};
  #port: PageEnd | undefined;
  #fields: FieldStore | undefined;
  readonly #visited = new Set<string>();
  #changeTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #send: Send = (message) => this.#port?.send(message);

  constructor() {
    super();
    this.wanted = null;
    this.choices = {};
    this.canSend = false;
    this.canChangeBudget = false;
    this.announcement = "";
    this.isFirstPaintDone = false;
  }

  /** Begins to show what comes through the port. */
  connect(port: PageEnd): void {
    this.#port = port;
    this.choices = port.choices();
    this.#fields = new FieldStore(this.choices.fields ?? {}, (fields) => this.#saveChoices({ fields }));
    port.listen((message) => this.#receive(message));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#changeTimer);
    this.changedFrom = undefined;
  }

  #receive(message: HostMessage): void {
    if (message.type === "view") this.#setView(message);
    else if (message.type === "sent") this.querySelector<CreditSend>("costrict-credit-send")?.sent();
    else if (message.type === "returned")
      this.querySelector<CreditSend>("costrict-credit-send")?.returned(message.text);
    else if (message.type === "refused") this.#showRefusal(message);
    else if (message.type === "transfer_review")
      this.querySelector<CreditVoucher>("costrict-credit-voucher")?.review(message.review);
    else if (message.type === "copied") {
      for (const element of this.querySelectorAll<CreditAccount | CreditRecords | CreditVoucher>(
        "costrict-credit-account, costrict-credit-records, costrict-credit-voucher",
      ))
        element.showCopyResult(message.done);
    } else if (message.type === "failed") this.lastFailure = message.what;
    else if (message.type === "incompatible") this.incompatible();
  }

  /** Shows a refusal at the control that caused it. */
  #showRefusal({ field, of }: Extract<HostMessage, { type: "refused" }>): void {
    if (of === "draft" || of === "send") this.querySelector<CreditSend>("costrict-credit-send")?.refused();
    else if (of === "usage_custom" || field.startsWith("query.range"))
      this.querySelector<CreditUsage>("costrict-credit-usage")?.refused();
    else this.querySelector<CreditVoucher>("costrict-credit-voucher")?.refused(field);
  }

  #setView({ view, canSend, canChangeBudget }: Extract<HostMessage, { type: "view" }>): void {
    const known = this.view;
    this.canSend = canSend === true;
    this.canChangeBudget = canChangeBudget === true;
    this.view = view;
    this.viewChanged(view);
    if (known === undefined) return;
    // A screen reader reads the first view as page content; only later differences are announced.
    if (view.announcement !== known.announcement) this.announcement = view.announcement;
    const [from, to] = [headline(known), headline(view)];
    const comparable = known.locale === view.locale && known.masked === view.masked && !view.masked;
    if (!comparable) this.changedFrom = undefined;
    else if (from !== undefined && to !== undefined && from !== to) this.#showPreviousValue(from);
  }

  protected override updated(): void {
    if (this.isFirstPaintDone || this.view === undefined) return;
    void afterNextPaint().then(() => {
      this.isFirstPaintDone = true;
    });
  }

  #showPreviousValue(from: string): void {
    this.changedFrom = from;
    clearTimeout(this.#changeTimer);
    this.#changeTimer = setTimeout(() => {
      this.changedFrom = undefined;
    }, CHANGE_SHOWN_MS);
  }

  #saveChoices(choices: SavedChoices): void {
    this.choices = { ...this.choices, ...choices };
    this.#port?.saveChoices(this.choices);
  }

  /** Reports what was done, and remembers those choices that the page brings along next time. */
  readonly #dispatch: Send = (message) => {
    this.lastFailure = undefined;
    if (message.type === "act" && message.id === "usage_range") this.#saveChoices({ usageRange: message.value ?? "" });
    if (message.type === "act" && message.id === "usage_days") this.#saveChoices({ usageDays: message.value ?? "" });
    if (message.type === "act" && message.id === "records_filter")
      this.#saveChoices({ recordsKind: message.value ?? "" });
    if (message.type === "act" && message.id === "tasks_by") this.#saveChoices({ tasksBy: message.value ?? "" });
    this.#send(message);
  };

  #tab({ groups }: PanelView): SectionGroup {
    return (groups.find((group) => group.id === this.choices.tab) ?? groups[0])?.id ?? "balance";
  }

  protected override render(): TemplateResult {
    const view = this.view === undefined ? undefined : withSections(this.view, this.wanted);
    return html`<div class="visually-hidden" role="status" aria-live="polite" aria-atomic="true">${this.announcement}</div>
      ${view === undefined ? nothing : this.#page(view)}`;
  }

  #page(view: PanelView): TemplateResult {
    const tab = this.#tab(view);
    this.#visited.add(tab);
    const summed = balanceOf(this.view ?? view);
    if (isTaskAlone(this.wanted))
      return html`<div role="group" class="panel alone" data-state=${view.state} aria-label=${view.title}>
        ${view.groups.map((group) => this.#group(view, group.id, group.id === tab))}
      </div>`;
    return html`<div role="group" class="panel" data-state=${view.state} aria-labelledby="title" aria-describedby="summary">
      <p class="visually-hidden" id="summary">${view.summary}</p>
      <header>
        <div class="title-row">
          <h1 id="title">${view.title}</h1>
          ${
            summed === undefined || view.sections.some(({ kind, group }) => kind === "balance" && group === tab)
              ? nothing
              : html`<p class="compact"><strong>${summed.headline.value}</strong> <span>${summed.headline.caption}</span></p>`
          }
          <div class="toolbar">${view.toolbar.map((action) => actionButton(action, this.#dispatch, { iconOnly: true }))}</div>
          ${this.#freshness(view, summed)}
        </div>
        ${this.#tabs(view)}
        <div class="failure" role="alert">
          ${this.lastFailure === undefined ? nothing : line({ text: view.failures[this.lastFailure], tone: "warning" })}
        </div>
      </header>
      ${view.groups.map((group) => this.#group(view, group.id, group.id === tab))}
    </div>`;
  }

  /** Rendered empty while the balance loads, so that nothing moves when the text arrives. */
  #freshness(view: PanelView, summed: BalanceSection | undefined): TemplateResult | typeof nothing {
    if (summed !== undefined) return line(summed.freshness, "freshness");
    return view.state === "signed_out" ? nothing : html`<p class="line freshness"></p>`;
  }

  #tabs(view: PanelView): TemplateResult | typeof nothing {
    if (view.groups.length < 2) return nothing;
    return html`<div class="tabs" role="tablist" aria-label=${view.title} @keydown=${(event: KeyboardEvent) => this.#moveTabFocus(event)}>
      ${view.groups.map(({ id, label }) => {
        const chosen = id === this.#tab(view);
        return html`<button
          type="button"
          role="tab"
          id="tab-${id}"
          aria-controls="group-${id}"
          aria-selected=${chosen}
          tabindex=${chosen ? 0 : -1}
          title=${id === "settings" ? label : nothing}
          @click=${() => this.#saveChoices({ tab: id })}
        >
          ${id === "settings" ? SETTINGS : nothing}<span data-label=${label}>${label}</span>
        </button>`;
      })}
    </div>`;
  }

  #moveTabFocus(event: KeyboardEvent): void {
    const tabs = [...this.querySelectorAll<HTMLElement>("[role=tab]")];
    const at = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
    const step = this.view?.direction === "rtl" ? -1 : 1;
    const to = { ArrowRight: at + step, ArrowLeft: at - step, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = tabs.at(to % tabs.length);
    tab?.click();
    tab?.focus();
  }

  /** Keyed by kind: an inserted section leaves the others' DOM, and with it focus and open details, in place. */
  #group(view: PanelView, id: SectionGroup, active: boolean): TemplateResult {
    const all = this.#visited.has(id) ? view.sections.filter((section) => section.group === id) : [];
    // A forecast placeholder counts towards the limit.
    const sections = this.isFirstPaintDone
      ? all
      : all.slice(0, FIRST_PAINT_SECTIONS - (this.#isForecastPending(view) ? 1 : 0));
    const tabbed = view.groups.length > 1;
    return html`<div
      class="group"
      id="group-${id}"
      role=${tabbed ? "tabpanel" : nothing}
      aria-labelledby=${tabbed ? `tab-${id}` : nothing}
      ?hidden=${!active}
    >
      ${repeat(
        sections,
        ({ kind }) => kind,
        (section) => html`<section class="section section-${section.kind}">${this.#section(section, active)}</section>
          ${section.kind === "balance" && this.#isForecastPending(view) ? FORECAST_PLACEHOLDER : nothing}`,
      )}
    </div>`;
  }

  /**
   * The forecast needs a month of history, which is loaded after the balance. A placeholder keeps its height, so that the grants
   * below do not move. Once the history was requested there is a forecast, also where it could not be received.
   */
  #isForecastPending({ sections }: PanelView): boolean {
    const isWanted = isShown(this.wanted, { kind: "forecast", group: "balance" });
    return (
      isWanted &&
      balanceOf({ sections } as PanelView) !== undefined &&
      !sections.some(({ kind }) => kind === "forecast")
    );
  }

  #section(section: Section, active: boolean): TemplateResult {
    switch (section.kind) {
      case "welcome":
        return welcome(section, this.#dispatch);
      case "loading":
        return loading(section, this.#dispatch);
      case "balance":
        return balance(section, this.#dispatch, this.changedFrom, this.canChangeBudget);
      case "ladder":
        return ladder(section);
      case "forecast":
        return forecast(section);
      case "sources":
        return sources(section, this.#dispatch);
      case "task":
        return task(section, isTaskAlone(this.wanted));
      case "tasks":
        return tasks(section, this.#dispatch);
      case "usage":
        return html`<costrict-credit-usage
          .section=${section}
          .active=${active}
          .tables=${this.choices.tables ?? false}
          .fields=${this.#fields}
          .send=${this.#dispatch}
          .showTables=${(tables: boolean) => this.#saveChoices({ tables })}
        ></costrict-credit-usage>`;
      case "records":
        return html`<costrict-credit-records .copyFailed=${this.view?.failures.copy ?? ""} .section=${section} .active=${active} .fields=${this.#fields} .send=${this.#dispatch}></costrict-credit-records>`;
      case "voucher":
        return html`<costrict-credit-voucher .section=${section} .copyFailed=${this.view?.failures.copy ?? ""} .fields=${this.#fields} .send=${this.#dispatch}></costrict-credit-voucher>`;
      case "models":
        return models(section);
      case "send":
        return html`<costrict-credit-send .section=${section} .canSend=${this.canSend} .send=${this.#dispatch} .draft=${() => this.#port?.choices().draft?.text ?? ""}></costrict-credit-send>`;
      case "settings":
        return settings(section, this.#dispatch);
    }
  }
}

const FORECAST_PLACEHOLDER = html`<div class="section skeleton skeleton-forecast" aria-hidden="true">
  <span></span><span></span><span></span><span></span>
</div>`;

const balanceOf = (view: PanelView): BalanceSection | undefined =>
  view.sections.find((section): section is BalanceSection => section.kind === "balance");

const headline = (view: PanelView): string | undefined => balanceOf(view)?.headline.value;
