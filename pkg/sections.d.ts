/** The sections of the account panel, in the order in which they are read. What they are made of is in panel.d.ts. */

import type {
  AccountCard,
  Action,
  ActionId,
  BudgetMeter,
  Choice,
  Line,
  Meter,
  ProblemLine,
  Share,
  Table,
  Tone,
  When,
} from "./panel.js";

import type { Field, Paging, RaiseForm, TaskSection, TasksSection } from "./task-sections.js";

export type * from "./task-sections.js";

export type SectionGroup = "balance" | "history" | "models" | "settings";

export type Section =
  | WelcomeSection
  | LoadingSection
  | BalanceSection
  | LadderSection
  | ForecastSection
  | SourcesSection
  | TaskSection
  | UsageSection
  | TasksSection
  | RecordsSection
  | VoucherSection
  | ModelsSection
  | SendSection
  | SettingsSection;

export interface SectionBase {
  group: SectionGroup;
  /** Heading of the section. */
  title: string;
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
  /** "2 held for requests in progress"; absent when nothing is. */
  held?: Line;
  overdrawn?: Line;
  /** "about 39 requests on GLM-4.6"; if the price changes within a day, with the number before and after that. */
  requestsLeft?: string;
  /** What changed with the last reading: "1 used", "10 added", "0.5 used elsewhere". */
  changes: Line[];
  /** What was used today of the daily budget; absent without one. */
  budget?: BudgetMeter;
  /** What was used this week of the weekly budget; absent without one. */
  weekBudget?: BudgetMeter;
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
  /** Part of this rung's bar, from its end, that expires unused at this pace. */
  lapsingShare?: Share;
  /** Absent: expiry not known, and `noExpiry` says so. */
  when?: When;
  noExpiry?: string;
  source?: string;
  /** Short words: "Used next", "Expired", "Soon". */
  badges: { kind: "next" | "expired" | "expiring" | "soon"; label: string; tone: Tone }[];
  /** "About 3 will expire unused". */
  lapsing?: Line;
  /** All of it in one sentence, for assistive technology. */
  summary: string;
}

export interface ForecastSection extends SectionBase {
  kind: "forecast";
  group: "balance";
  /** Pace and days, what shortens them, what expires unused: "At 2.5 a day: enough for about 16 days." */
  lines: Line[];
  /** What it rests on: "2.5 a day on average, over 14 days", and the weekdays where they differ clearly. */
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
  /** Whose days: "local" or "server". With `history.days` only, and where it makes a difference. */
  days?: Choice;
  /** "28.5 credits, 31 requests"; "at least 28.5 credits, 31 requests" while not all is loaded. */
  total?: string;
  /** The highest day or hour in a sentence. Absent while masked, and while not all is loaded. */
  peak?: string;
  /** "18 more than the 7 days before." Or that it is not known, once `usageBefore` could not read it. Absent while masked. */
  before?: string;
  chart?: Chart;
  /** Most credits first. */
  models: { name: string; amount: string; requests: string; percent: string; share?: Share }[];
  modelsTitle: string;
  table?: Table;
  modelTable?: Table;
  /** Absent while masked. */
  requests?: RequestList;
  /** "Estimated 27.9, charged 28.5." and "0.6 used elsewhere." */
  accuracy: Line[];
  export: Action[];
  /** The last file of usage is not whole, or there was nothing to write; absent where it is whole. */
  exported?: ProblemLine;
}

/** Two days, both included. `min` and `max` are for date inputs; the fields hold YYYY-MM-DD. */
export interface RangeForm {
  legend: string;
  from: { label: string; value: string };
  to: { label: string; value: string };
  min: string;
  max: string;
  submit: Action;
  /** What to show when the client refuses the range. */
  invalid: string;
}

/** The single requests of the range, or of the chosen bar, newest first, a page of them. */
export interface RequestList {
  /** "Requests", or "Requests: Mon, Nov 24". */
  title: string;
  /** Time, model, mode where one is known, credits. */
  table: Table;
  /** Lists those of all bars again. */
  all?: Action;
  paging?: Paging;
}

/** Bars over days, or over the hours of one day. */
export interface Chart {
  /** What it shows, in one sentence: its accessible name. */
  title: string;
  /** The same in sentences: total, highest day or hour. */
  description: string;
  unit: string;
  /** One for each day or hour, oldest first; of long ranges one for several days. */
  points: ChartPoint[];
  /** Horizontal lines with their labels; none while masked. */
  ticks: { at: Share; label: string }[];
  /** Labels under some of the bars. */
  days: { index: number; label: string }[];
  /** The legend: one for each model, the last one for all others where there are many. Empty for a single model and while masked. */
  series: { label: string }[];
  /** The action that chooses a bar, with its `value`; with an empty value none is chosen. */
  select: ActionId;
  /** Labels for the button between chart and table. */
  showTable: string;
  showChart: string;
}

export interface ChartPoint {
  /** The height. While masked: 0 for none, else absent. */
  share?: Share;
  /** What it is made of, from the bottom up: `series` is an index. Empty while masked. */
  parts: { series: number; from: Share; to: Share }[];
  /** "Mon 24 Nov: 2.5 credits, 3 requests. GLM-4.6: 0.5, Kimi: 2": tooltip and accessible name. Where it is not known, why. */
  text: string;
  /** For `select`. */
  value: string;
  /** Its requests are the ones that are listed. */
  selected?: boolean;
  weekend: boolean;
  /** Today, or the present hour. */
  today: boolean;
}

export interface RecordsSection extends SectionBase {
  kind: "records";
  group: "history";
  state: LoadState;
  /** Another answer is under way: the rows are older, and may be of another filter or page than the chosen one. */
  busy?: boolean;
  /** A voucher was made or redeemed since the rows were loaded: load them again when they are in view. */
  outdated?: boolean;
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
  /** The last file of records is not whole, or there was nothing to write; absent where it is whole. */
  exported?: ProblemLine;
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
  /** A voucher that was given away: its code again, for a giver who did not copy it. `value` of `show` is the row's position in the whole
   *  list. A host that keeps codes from its page leaves out `result`, and shows it itself on `show`. */
  voucher?: { show: Action; result?: FormResult };
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
    lines: {
      expiresAt: number;
      label: string;
      hint: string;
      /** Credits that can be given; absent while masked. */
      max?: number;
      /** Hundredths of a credit. What is left of a grant may be finer: `all` enters it as it is. */
      step: number;
      /** Label of a button that enters `max`; absent while masked. */
      all?: string;
    }[];
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

export interface FormResult {
  tone: Tone;
  title: string;
  text: string;
  /** The server's own words, where they are none that `text` says; plain text. */
  detail?: string;
  /** The code of a voucher; hidden while masked. */
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
  /** "normally 1": the list price, where a discount makes it cheaper now. */
  listPrice?: string;
  /** "half price until 09:00". */
  discounts: string[];
  requestsLeft?: string;
  contextWindow?: string;
  /** The cheapest of all whose price is known and above zero. */
  badges: { kind: "cheapest" | "discount" | "free"; label: string; tone: Tone }[];
  /** "Qwen-2.5-VL costs 0.25 instead of 1": on the model that is selected in the send box, where the cheapest costs half or less. */
  cheaper?: string;
  /** All of it in one sentence. */
  summary: string;
}

/** The box beside a prompt: what the draft costs before it is sent. Without a draft, labels only. */
export interface SendSection extends SectionBase {
  kind: "send";
  group: "models";
  /** `tooLong` is shown beside a prompt of more than `maxLength` UTF-16 units, which is neither estimated nor sent. */
  prompt: { label: string; placeholder: string; maxLength: number; tooLong: string };
  model: Choice;
  /** For a panel that can send; without it the box only estimates. */
  submit: Action;
  /** Copies the prompt, which the page has. When that has worked show the hint. */
  copy: Action;
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
  /** The limit of the draft's task, and of the others the one that is nearest: "62 of 150". */
  caps: Meter[];
  /** Where a limit would be passed; absent while masked. */
  raise?: RaiseForm;
  /** All of it in one sentence. */
  summary: string;
}

/* ---- settings ---------------------------------------------------------------------------------- */

export interface SettingsSection extends SectionBase {
  kind: "settings";
  group: "settings";
  /** Who is signed in; absent while signed out. */
  account?: AccountCard;
  mask: Action;
  language: Choice;
  /** "Times are shown in Europe/Berlin; the server uses UTC+08:00." */
  timeZone: string;
  /** What is stored and what is not. */
  privacy: string;
}
