/** What the user chose and typed in one panel. It outlives a session, so that a view that is hidden and shown again goes on. */

import type { Draft, HistoryOptions, RecordKind, TasksOptions, UsageQuery } from "costrict-credit";

import type { SavedChoices } from "./messages.js";
import { isPage, tasksBy } from "./task-list.js";

/** Every named range is here: the compiler misses one that is not. */
const RANGES = {
  today: true,
  "7days": true,
  "30days": true,
  this_week: true,
  last_week: true,
  this_month: true,
  last_month: true,
} satisfies Record<Extract<UsageQuery["range"], string>, true>;
/** Every kind is here: the compiler misses one that is not. */
const RECORD_KINDS = {
  recharge: true,
  transfer_in: true,
  transfer_out: true,
  expire: true,
  deduct: true,
  merge_in: true,
  other: true,
} satisfies Record<RecordKind, true>;

const isRange = (range: string): range is keyof typeof RANGES => Object.hasOwn(RANGES, range);
const isRecordKind = (kind: string): kind is RecordKind => Object.hasOwn(RECORD_KINDS, kind);

/** Which part of the Credit Record is shown. */
export interface RecordsChoice {
  page: number;
  operation?: RecordKind;
  text?: string;
}

/** With the codes of vouchers, which the record shows on request; a host that shows them itself takes them out of the view. */
export const RECORDS_PAGE = { pageSize: 50, withVouchers: true };

export class PanelState {
  range: UsageQuery["range"] = "30days";
  /** Whose days and clocks usage and record have. */
  days: NonNullable<HistoryOptions["days"]> = "local";
  /** The start of the bar whose requests are listed. */
  selectedBar: number | undefined;
  /** Page of the list of requests, from 1. */
  requestsPage = 1;
  records: RecordsChoice = { page: 1 };
  /** What is chosen in the list of tasks. */
  tasks: TasksOptions = {};
  /** The task that the host is about. */
  taskId: string | undefined;
  draft: (Draft & { text: string }) | undefined;
  model: string | undefined;
  /** Amounts are hidden; for a host that does not store it. */
  masked: boolean | undefined;
  /** The language chosen in the panel; for a host that does not store it. */
  locale: string | undefined;
  /** The account that was shown last. */
  #account: string | undefined;

  /**
   * Resets what belonged to the account before. Invariant: this is done here and nowhere else, before a view of the other
   * account is sent. A draft belongs to the user and stays.
   */
  setAccount(account: string | undefined): void {
    if (account === this.#account) return;
    const isSwitch = this.#account !== undefined;
    this.#account = account;
    if (!isSwitch) return;
    if (typeof this.range === "object") this.range = "30days";
    this.selectBar("");
    this.tasks = tasksBy(this.tasks.by);
    // A search text may contain names from the previous account; a filter by kind does not.
    const { page: _page, text: _text, ...kept } = this.records;
    this.records = { ...kept, page: 1 };
  }

  /** Takes in what a page stored. What it does not mention stays as it is. */
  restore(choices: SavedChoices): void {
    // Another version may have stored a choice that this version does not know.
    const range = choices.usageRange;
    // A custom range is not stored by the page and is newer than what is.
    if (range !== undefined && isRange(range) && typeof this.range !== "object") this.range = range;
    if (choices.usageDays !== undefined) this.setDays(choices.usageDays);
    if (choices.tasksBy !== undefined && choices.tasksBy !== this.tasks.by) this.tasks = tasksBy(choices.tasksBy);
    const operation = choices.recordsKind;
    if (typeof operation === "string" && isRecordKind(operation) && operation !== this.records.operation)
      this.records = { page: 1, operation };
    const { draft } = choices;
    if (draft === undefined || draft.text === "") return;
    this.setDraft(draft.text, draft.model);
    if (draft.model !== "") this.model = draft.model;
  }

  /** Whose days usage and record have, and which requests are listed. */
  get history(): HistoryOptions {
    const { days, selectedBar: selected, requestsPage: page } = this;
    return { days, page, ...(selected === undefined ? {} : { selected }) };
  }

  usageQuery(locale: string, timeZone: string | undefined): UsageQuery {
    const isLocal = this.days === "local" && timeZone !== undefined;
    return { range: this.range, locale, ...(isLocal ? { timeZone } : {}) };
  }

  setDays(days: string | undefined): void {
    if (days === "local" || days === "server") this.days = days;
  }

  /** @param value of the bar in the chart; empty for none */
  selectBar(value: string): void {
    const start = Number(value);
    this.selectedBar = value === "" || !Number.isSafeInteger(start) ? undefined : start;
    this.requestsPage = 1;
  }

  turnRequests(page: number): void {
    if (isPage(page)) this.requestsPage = page;
  }

  setDraft(text: string, model = ""): void {
    this.draft = text === "" ? undefined : { model, text };
  }

  setModel(model: string | undefined): void {
    this.model = model;
    if (this.draft !== undefined && model !== undefined) this.draft = { ...this.draft, model };
  }

  filterRecords(kind: string | undefined): void {
    const { operation: _before, ...rest } = this.records;
    this.records = { ...rest, page: 1, ...(kind !== undefined && isRecordKind(kind) ? { operation: kind } : {}) };
  }
}
