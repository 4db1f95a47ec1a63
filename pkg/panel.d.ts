/**
 * What the account panel shows, as plain data.
 *
 * The page renders it and decides nothing: every text is localised and formatted, every choice of what to show is made,
 * every bar has its length. A page needs no wording, no arithmetic and no dates.
 *
 *  - Texts are plain text, never markup; text that came from the server (names, sources, details) is among them.
 *    Show them with textContent.
 *  - `Share` is a number between 0 and 1 with at most four decimals, for geometry only. A share that would give away
 *    an amount is absent while amounts are masked: draw the empty track then.
 *  - What is absent is not to be shown.
 *  - Sections come in the order in which they are read. Each kind comes at most once.
 */

import type { Section, SectionGroup } from "./sections.js";

export type * from "./sections.js";

/** Between 0 and 1; for lengths and positions, never to be printed. */
export type Share = number;

/** How loud something is. Never by colour alone: the text says the same. */
export type Tone = "neutral" | "good" | "warning" | "error";

export interface PanelView {
  /** The locale in which the texts are; English while the catalogue of the asked locale is not loaded. */
  locale: string;
  direction: "ltr" | "rtl";
  /** One sentence that says it all; the accessible description of the panel. */
  summary: string;
  state: "signed_out" | "loading" | "ready" | "empty" | "problem";
  /** The name of the panel: its heading and the document's title. */
  title: string;
  /** What a live region says. Compare with the one before and speak only when it differs: it changes with the
   *  meaning, not with the age of the reading. */
  announcement: string;
  /** Amounts are hidden. */
  masked: boolean;
  /** Beside the title: refresh, hide amounts, account page. */
  toolbar: Action[];
  /** Names for the groups of sections, in order; only groups that have a section. Tabs or headings, as the page likes. */
  groups: { id: SectionGroup; label: string }[];
  sections: Section[];
  /** What to say when the host could not do what was asked for: nothing is said to have worked before it has. */
  failures: {
    /** A code could not be copied; it stays in sight. */
    copy: string;
    /** A file could not be saved. */
    save: string;
    /** A link could not be opened. */
    open: string;
    /** A choice could not be stored. */
    setting: string;
  };
}

/* ---- parts ------------------------------------------------------------------------------------- */

/**
 * Something the user can do. The page reports `id` and `value` to its host and, for forms, the fields.
 * With `href` it is a link to a page outside, with `openAccount` a link whose address the host asks of `accountUrl`.
 */
export interface Action {
  id: ActionId;
  label: string;
  /** Longer text for a tooltip and for assistive technology, where the label alone is not enough. */
  hint?: string;
  /** What the action is about: a range, a page, a filter, a format, a code to copy. */
  value?: string;
  href?: string;
  openAccount?: "usage" | "subscription" | "activity" | "profile";
  /** For a switch: whether it is on. */
  pressed?: boolean;
  /** Cannot be done now; the label or the hint says why. */
  disabled?: boolean;
  /** The one action that the section is about. */
  primary?: boolean;
}

export type ActionId =
  | "sign_in"
  | "refresh"
  /** `setMasked(value === "on")`; `value` is the state that it brings about. */
  | "mask"
  /** Follow `href`, or the address of `openAccount`. */
  | "open"
  /** `usage({range: value})`. */
  | "usage_range"
  /** `usage` with the two days of the range form. */
  | "usage_custom"
  | "usage_retry"
  /** `usage` and `panel` with the days `value`: "local" or "server". */
  | "usage_days"
  /** `panel` with `history.selected: Number(value)`; none is selected with an empty value. */
  | "usage_select"
  /** `panel` with `history.page: Number(value)`. */
  | "requests_page"
  /** `records({page: Number(value)})`, with the filter kept. */
  | "records_page"
  /** `records` with the kind `value`; an empty value is all kinds. */
  | "records_filter"
  | "records_search"
  | "records_retry"
  /** `exportAs(what, format)`; `value` is "usage.csv", "usage.json", "records.csv" or "records.json". */
  | "export"
  | "voucher_give"
  | "voucher_redeem"
  /** Show `voucher.result` of the record at position `value`. */
  | "show_voucher"
  /** Put `value` on the clipboard. When that has worked show the hint, otherwise `failures.copy`. */
  | "copy"
  | "choose_model"
  | "locale"
  | "send"
  /** Open the place where the daily budget is set. Show the button only where there is one. */
  | "budget"
  /** `panel` with `tasks.by: value`, and no project. */
  | "tasks_by"
  /** `panel` with `tasks.page: Number(value)`. */
  | "tasks_page"
  /** `panel` with `tasks.project: value`; without a value all projects are listed. */
  | "tasks_project"
  /** `panel` with the task `value` added to `tasks.open`, or taken away. */
  | "task_toggle"
  /** `panel` with `tasks.requests: Number(value)`. */
  | "task_more"
  /** `raiseCap` with the scope and the amount of `value`, after a confirmation. */
  | "raise_cap";

/** One of several; exactly one is selected. */
export interface Choice {
  id: ActionId;
  label: string;
  options: { value: string; label: string; selected: boolean }[];
}

/** A bar of part and whole. Give `valueText` to assistive technology as aria-valuetext. */
export interface Meter {
  label: string;
  valueText: string;
  /** Absent while masked. */
  share?: Share;
  tone: Tone;
}

/** A line of text with a tone; `label` is a short word that says the tone without colour. */
export interface Line {
  text: string;
  tone: Tone;
  label?: string;
  /** More of it, one step away: a tooltip or a disclosure. */
  detail?: string;
}

/** What went wrong with something, what is still true, and what to do. */
export interface ProblemLine {
  tone: Tone;
  /** What happened. */
  title: string;
  /** What is still true, and what happens next. */
  text: string;
  /** The server's own words and code, plain text. */
  detail?: string;
  actions: Action[];
}

/** A point in time in words. */
export interface When {
  /** "in 2 days", "tomorrow", "3 days ago". */
  words: string;
  /** Day and time in the reader's zone. */
  exact: string;
  /** The day in the server's zone, in a whole sentence; only where it differs from the reader's. */
  serverDay?: string;
}

export interface TableColumn {
  label: string;
  /** Numbers stand at the end of their cell. */
  numeric: boolean;
}

export interface Table {
  /** What the table is about; its caption. */
  caption: string;
  columns: TableColumn[];
  /** As many cells as there are columns. The first cell is the header of its row. */
  rows: string[][];
  /** Cells of a row of totals. */
  total?: string[];
}

export interface AccountCard {
  /** "Signed in as Ann"; absent where the token has no name. */
  signedInAs?: string;
  /** The account's id, which a giver of credits needs. */
  id: {
    label: string;
    value: string;
    hint: string;
    copy: Action;
    /** What to say when the host could not copy it. */
    copyFailed: string;
  };
}

/** A task in a few short texts, small enough for the head of a chat. */
export interface TaskCard {
  /** The host's title, else a neutral name; plain text. */
  name: string;
  /** "62 of 150"; without a limit "62 credits in 14 requests". */
  text: string;
  /** Of its limit; absent without one. */
  meter?: Meter;
  /** Requests, what is held, charges that are not known yet, what is probably still to come. */
  details: string[];
  /** All of it in one sentence. */
  summary: string;
}

/** The use of a day or a week by this and other devices, held credits included, beside its limit. */
export interface BudgetMeter {
  meter: Meter;
  /** "22 of 30 used today". */
  text: string;
  /** From where the user is asked before sending, if that is below the limit, and until when the limit is raised. */
  note?: string;
  change: Action;
}
