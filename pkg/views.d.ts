/** Options and results of views: panel, status bar, receipts, notices. */

import type { Draft } from "./cost.js";
import type { Timestamp } from "./index.js";
import type { BudgetMeter, TaskCard } from "./panel.js";
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
  /** The id of the task in progress: `StatusView.task` is about it. */
  taskId?: string;
}

export interface NoticeOptions extends ViewOptions {
  /** The model in use: a "landing" comes a few requests before the end on it. Default: that of the newest request, else Auto. */
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
  /** The id of the task in progress: the section "task" is about it. An empty id: the section says that there is none. */
  taskId?: string;
  tasks?: TasksOptions;
}

/** What the reader has chosen in the list of tasks. */
export interface TasksOptions {
  /** Default "task". */
  by?: "task" | "project";
  /** By project: lists the tasks of this one; an empty name is that of tasks without a project. Absent: all projects. */
  project?: string;
  /** From 1. */
  page?: number;
  /** Ids of the tasks whose requests and sub-tasks are listed; the first 20 count. */
  open?: string[];
  /** How many requests of each are listed. Default 20. */
  requests?: number;
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
  /** The same for the week. */
  weekBudget?: BudgetMeter;
  /** The task of `StatusOptions.taskId`, with its meter where it has a limit; absent for one that is not known. Not in `tooltip`, so
   *  that a host can show it on its own too. */
  task?: TaskCard;
  /** For colour: "warning" and "error" only where the user can do something, such as sign in, get credits, or use what expires. */
  severity: "none" | "warning" | "error";
}

/** What turn and task in progress cost. */
export interface TaskStatusView {
  /** "0.5 this turn · 62 of 150 this task". The turn is the task's newest request; what is held counts as used, as for the limit. */
  text: string;
  /** A fact a line: title and project, both costs, requests, what is held. */
  tooltip: string;
  /** "warning" and "error" from the task's limits on. */
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
  kind: "usage" | "exhausted" | "expiry" | "run_out" | "landing" | "granted" | "restored" | "problem";
  severity: "info" | "warning" | "error";
  text: string;
  /** open: the panel. get: ways to get credits. model: go on with `model`. hand_over: copy `handOver`. snooze: call `snooze`. off: never this
   *  kind again. sign_in. */
  actions: { id: string; label: string; model?: string }[];
  /** For a "landing": lines for the next one at the work, such as what is left, for about how many requests, and until when. They have
   *  nothing of a prompt. */
  handOver?: string;
}
