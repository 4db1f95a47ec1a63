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
}

export type SectionGroup = "balance" | "history" | "models" | "settings";

export type Section =
  | WelcomeSection
  | LoadingSection
  | BalanceSection
  | LadderSection
  | ForecastSection
  | SourcesSection
  | UsageSection
  | RecordsSection
  | VoucherSection
  | ModelsSection
  | SendSection
  | SettingsSection;

interface SectionBase {
  group: SectionGroup;
  /** Heading of the section. */
  title: string;
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
  /** Put `value` on the clipboard, then show the hint. */
  | "copy"
  | "choose_model"
  | "locale"
  | "send";

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

/* ---- before anything is known ------------------------------------------------------------------ */

/** Signed out. */
export interface WelcomeSection extends SectionBase {
  kind: "welcome";
  group: "balance";
  text: string;
  /** What credits are and how one gets some, one sentence each. */
  facts: string[];
  actions: Action[];
}

/** Signed in, nothing cached; with `problem` the first reading failed. */
export interface LoadingSection extends SectionBase {
  kind: "loading";
  group: "balance";
  /** What is being done; for aria-busy and for eyes that cannot see a skeleton. */
  text: string;
  problem?: ProblemLine;
}

/* ---- balance ----------------------------------------------------------------------------------- */

export interface BalanceSection extends SectionBase {
  kind: "balance";
  group: "balance";
  /** The number, largest of all, and the words under it. */
  headline: { value: string; caption: string; tone: Tone };
  /** "58.5 of 100 used". */
  used: string;
  meter: Meter;
  /** "2 held by requests in flight"; absent when nothing is. */
  held?: Line;
  overdrawn?: Line;
  /** "about 39 requests on GLM-4.6". */
  requestsLeft?: string;
  /** What changed with the last reading: "1 used", "10 added", "0.5 of it not explained by this editor". */
  changes: Line[];
  /** How old the reading is; tone and label say stale or outdated. */
  freshness: Line;
  /** The grants do not add up to the balance. */
  breakdownLags?: Line;
  problem?: ProblemLine;
  /** An account with nothing: what credits are and how to get some. */
  empty?: { title: string; text: string; actions: Action[] };
}

/* ---- what expires when ------------------------------------------------------------------------- */

export interface LadderSection extends SectionBase {
  kind: "ladder";
  group: "balance";
  /** Soonest first. At most 100; the rest is `more`. */
  rungs: Rung[];
  /** "and 9 900 more, 12 345 credits, until 31 Dec 2027". */
  more?: string;
  /** Instead of rungs: no list from the server, or nothing in it. */
  note?: string;
  /** The same as rows. */
  table: Table;
}

export interface Rung {
  amount: string;
  /** Of the largest rung. Absent while masked. */
  share?: Share;
  /** Part of this rung's bar, from its end, that lapses unused at this pace. */
  lapsingShare?: Share;
  /** Absent: expiry not known, and `noExpiry` says so. */
  when?: When;
  noExpiry?: string;
  source?: string;
  /** Short words: "pays next", "expired", "expires soon". */
  badges: { kind: "next" | "expired" | "expiring" | "soon"; label: string; tone: Tone }[];
  /** "3 of these will lapse at your pace". */
  lapsing?: Line;
  /** All of it in one sentence, for assistive technology. */
  summary: string;
}

export interface ForecastSection extends SectionBase {
  kind: "forecast";
  group: "balance";
  /** "At your pace: lasts until Tuesday, 2 December". */
  lines: Line[];
  /** What it rests on: "2.5 a day over 14 days, 31 requests". */
  basis?: string;
}

/** Ways to get credits. */
export interface SourcesSection extends SectionBase {
  kind: "sources";
  group: "balance";
  /** `done`: had already, and there is no second time. */
  items: { label: string; text: string; action: Action; done?: boolean }[];
}

/* ---- history ----------------------------------------------------------------------------------- */

/** What a part of the panel that is loaded on demand has to show. Ask for it when it comes into view and is "idle". */
export type LoadState = "idle" | "loading" | "ready" | "empty" | "problem" | "unsupported";

export interface UsageSection extends SectionBase {
  kind: "usage";
  group: "history";
  state: LoadState;
  /** Another answer is under way: what is shown is older, and may be of another range than the chosen one. */
  busy?: boolean;
  /** For idle, loading, empty and unsupported: what to say in place of the chart. While busy: what is being done. */
  note?: string;
  problem?: ProblemLine;
  /** Sums are lower bounds: not all pages could be read. */
  partial?: Line;
  ranges: Choice;
  custom: RangeForm;
  /** "28.5 credits, 31 requests". */
  total?: string;
  chart?: Chart;
  /** Most credits first. */
  models: { name: string; amount: string; requests: string; percent: string; share?: Share }[];
  modelsTitle: string;
  table?: Table;
  modelTable?: Table;
  /** "Estimated 27.9, charged 28.5." and "0.6 not explained by this editor." */
  accuracy: Line[];
  export: Action[];
}

/** Two days, both included. `min` and `max` are for date inputs; the fields hold YYYY-MM-DD. */
export interface RangeForm {
  legend: string;
  from: { label: string; value: string };
  to: { label: string; value: string };
  min: string;
  max: string;
  submit: Action;
}

/** Bars over days. */
export interface Chart {
  /** What it shows, in one sentence: its accessible name. */
  title: string;
  /** The same in a paragraph: total, highest day, trend of the days. */
  description: string;
  unit: string;
  /** One for each day, oldest first. */
  points: ChartPoint[];
  /** Horizontal lines with their labels; none while masked. */
  ticks: { at: Share; label: string }[];
  /** Labels under some of the bars. */
  days: { index: number; label: string }[];
  /** Labels for the button between chart and table. */
  showTable: string;
  showChart: string;
}

export interface ChartPoint {
  /** The height. While masked: 0 for none, else absent. */
  share?: Share;
  /** "Mon 24 Nov: 2.5 credits, 3 requests": tooltip and accessible name. */
  text: string;
  weekend: boolean;
  today: boolean;
}

export interface RecordsSection extends SectionBase {
  kind: "records";
  group: "history";
  state: LoadState;
  /** Another answer is under way: the rows are older, and may be of another filter or page than the chosen one. */
  busy?: boolean;
  /** As in the usage section. */
  note?: string;
  problem?: ProblemLine;
  /** The list grew while it was paged through: start again. */
  changed?: { text: string; action: Action };
  filter: Choice;
  search: { id: "records_search"; label: string; placeholder: string; value: string; submit: string };
  columns: { kind: string; amount: string; at: string; expires: string; description: string };
  caption: string;
  rows: RecordRow[];
  paging: {
    /** "21 to 40 of 123". */
    text: string;
    label: string;
    page: number;
    pages?: number;
    /** Position of the first row in the whole list, from 0; for lists that scroll over all pages. */
    first: number;
    total?: number;
    pageSize: number;
    previous: Action;
    next: Action;
  };
  export: Action[];
}

export interface RecordRow {
  kind: string;
  /** With its sign. */
  amount: string;
  direction: "in" | "out" | "none";
  at?: string;
  /** "until 30 Nov". */
  expires?: string;
  /** What happened, in the reader's language; with names from the server. */
  description: string;
  /** What to know about the amount. */
  note?: string;
  /** Parts with their own expiry. */
  items: string[];
  /** All of it in one sentence. */
  summary: string;
}

/* ---- vouchers ---------------------------------------------------------------------------------- */

export interface VoucherSection extends SectionBase {
  kind: "voucher";
  group: "history";
  give: {
    title: string;
    text: string;
    /** Why it is not possible now, such as nothing to give. */
    unavailable?: string;
    receiver: Field;
    legend: string;
    /** One for each grant that can be given away; the amount goes with its `expiresAt` into `transferOut`. */
    lines: { expiresAt: number; label: string; hint: string; max?: number; step: number }[];
    /** It cannot be taken back. */
    warning: string;
    submit: Action;
    result?: FormResult;
  };
  redeem: {
    title: string;
    text: string;
    code: Field;
    submit: Action;
    result?: FormResult;
  };
}

export interface Field {
  label: string;
  hint?: string;
  placeholder?: string;
  minLength?: number;
  maxLength?: number;
}

export interface FormResult {
  tone: Tone;
  title: string;
  text: string;
  /** A voucher that was just made. Shown once, kept nowhere; hidden while masked. */
  code?: { label: string; value: string; copy: Action };
}

/* ---- models and the next request --------------------------------------------------------------- */

export interface ModelsSection extends SectionBase {
  kind: "models";
  group: "models";
  /** Instead of models: none known yet. */
  note?: string;
  models: ModelView[];
  table: Table;
  /** What a credit buys and where the prices come from. */
  footnote?: string;
}

export interface ModelView {
  id: string;
  name: string;
  /** "0.5 credits a request", "free", "price not known". */
  price: string;
  /** The list price, where a discount makes it cheaper now. */
  listPrice?: string;
  /** "half price until 09:00". */
  discounts: string[];
  requestsLeft?: string;
  contextWindow?: string;
  /** The cheapest of all whose price is known and above zero. */
  badges: { kind: "cheapest" | "discount" | "free"; label: string; tone: Tone }[];
  /** "Qwen-2.5-VL costs 0.25 instead of 1": on the model that the send box stands on, where the cheapest costs half or less. */
  cheaper?: string;
  /** All of it in one sentence. */
  summary: string;
}

/** The box beside a prompt: what the draft costs before it is sent. Without a draft, labels only. */
export interface SendSection extends SectionBase {
  kind: "send";
  group: "models";
  prompt: { label: string; placeholder: string };
  model: Choice;
  submit: Action;
  /** Why the request before was refused or failed; until the next one begins. */
  refusal?: ProblemLine;
  /** Of the draft that was given. */
  estimate?: SendEstimate;
  /** The same draft on every model, cheapest first. */
  comparison?: Table;
  /** Whole tasks of each kind on this model. */
  tasks?: Table;
}

export interface SendEstimate {
  /** "About 0.5 credits", "free", "price not known". */
  cost: string;
  /** "between 0.5 and 1". */
  range?: string;
  /** Why it is free, which discounts were taken off. */
  notes: string[];
  /** "12 300 tokens, 10 % of the context". */
  tokens?: string;
  /** "41 remain after it". */
  after?: string;
  /** "Paid from the 7.5 that expire on Friday". */
  paidFrom?: string;
  requestsLeft?: string;
  /** Not enough, over a cap, signed out: said before it is sent. */
  warning?: ProblemLine;
  /** All of it in one sentence. */
  summary: string;
}

/* ---- settings ---------------------------------------------------------------------------------- */

export interface SettingsSection extends SectionBase {
  kind: "settings";
  group: "settings";
  mask: Action;
  language: Choice;
  /** "Times are shown in Europe/Berlin; the server works in UTC+08:00." */
  timeZone: string;
  /** What is stored and what is not. */
  privacy: string;
}
