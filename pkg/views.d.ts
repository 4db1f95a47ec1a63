/** Options and results of views: panel, status bar, receipts, notices. */

import type { Draft } from "./cost.js";
import type { Timestamp } from "./index.js";
import type { BudgetMeter } from "./panel.js";
import type { LadderSection } from "./sections.js";

export interface ViewOptions {
  /** BCP 47; the nearest supported locale is used, English last. */
  locale: string;
  /** IANA; default the host's. Expiry is shown in this zone, and in the server's where the day differs. */
  timeZone?: string;
  /** Hide every amount. */
  masked?: boolean;
}

export interface StatusOptions extends ViewOptions {
  /** The model in use: how many requests on it are left, the tooltip says. Default: one of about a credit a request. */
  model?: string;
}

export interface PanelOptions extends ViewOptions {
  /** What shows the panel. In an "editor" the settings say that the sign-in is in its secret storage, on a "page" that the app keeps it.
   *  Default "page". */
  surface?: "page" | "editor";
  /** What is being written: the section "send" then says what it would cost. */
  draft?: Draft;
  /** The model in use; default the draft's. */
  model?: string;
  history?: HistoryOptions;
}

/** What the reader has chosen in usage and Credit Record. */
export interface HistoryOptions {
  /** Whose days and clocks: those of `timeZone`, or the server's. Ask `usage` for the same days. Without it there is no choice:
   *  usage has the days that it was asked for, the record the reader's clocks. */
  days?: "local" | "server";
  /** The `value` of the chart's bar whose requests are listed, as a number; without it all of them are. */
  selected?: Timestamp;
  /** Page of the list of requests, from 1. */
  page?: number;
}

export interface StatusView {
  text: string;
  tooltip: string;
  /** The panel's ladder of grants with at most five of them; absent without a balance, and where there is no grant to list. */
  ladder?: LadderSection;
  /** What was used today of the daily budget; absent without one. Not in `tooltip`. */
  budget?: BudgetMeter;
  /** For colour: "warning" and "error" only where the user can do something, such as sign in, get credits, or use what expires. */
  severity: "none" | "warning" | "error";
}

/** What a request cost. An amount is in the text only where it is surely this request's. */
export interface ReceiptView {
  /** pending: no reading has included it yet. charged: the text names the amount. not_charged: free, or left out by the readings after
   *  it. unknown: charged together with other use, or seen by another window. */
  state: "pending" | "charged" | "not_charged" | "unknown";
  /** "0.5 credits charged for GLM-4.6. 41 credits left." */
  text: string;
}

export interface Notice {
  id: string;
  kind: "usage" | "exhausted" | "expiry" | "run_out" | "granted" | "restored" | "problem";
  severity: "info" | "warning" | "error";
  text: string;
  actions: { id: string; label: string }[];
}
