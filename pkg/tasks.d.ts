/** What tasks cost, over all windows of a user. */

import type { Credits, Timestamp } from "./index.js";

/**
 * Where a charge is known from, the best one first. "reply": the reply to the request names it, also that it was not charged.
 * "row": a row of the usage statistics names it. "reading": a reading of the balance shows it. "estimate": readings show that
 * it was charged, and the amount is the estimate.
 */
export type ChargeSource = "reply" | "row" | "reading" | "estimate";

/** A task with all its sub-tasks: their sums, requests and models are part of its own. */
export interface TaskReport {
  id: string;
  title?: string;
  project?: string;
  /** The task that it belongs to. Where parents form a cycle, the task that began first has none. */
  parent?: string;
  /** Ids of its own sub-tasks, the earliest first; absent when there are none. */
  subTasks?: string[];
  /** Server time of the first and the last request. */
  firstAt: Timestamp;
  lastAt: Timestamp;
  /** Requests that were begun. */
  requests: number;
  /** Of them, those whose charge is not known yet. */
  unsettled: number;
  /** Requested and picked models, by name. */
  models: string[];
  /** What was charged: the sum of `spentBy`. */
  spent: Credits;
  spentBy: Record<ChargeSource, Credits>;
  /** What the unsettled requests are expected to cost. */
  held: Credits;
  /** What all requests were expected to cost when they were begun. */
  estimated: Credits;
}

export interface TaskQuery {
  project?: string;
  /** Its sub-tasks; without it only tasks that are no sub-tasks, so that nothing is listed twice. */
  parent?: string;
  /** Tasks with a request at this time or later. */
  since?: Timestamp;
  /** 1 to 500, default 50. */
  limit?: number;
}

/** A request whose charge became known. */
export interface ChargeEvent {
  /** The id of the `Spend`. */
  id: string;
  taskId?: string;
  /** The model that answered, as far as it is known. */
  model: string;
  /** Server time at which it was begun. */
  at: Timestamp;
  estimated?: Credits;
  /** 0 for a request that failed or was cancelled. */
  charged: Credits;
  source: ChargeSource;
  /** The grants that paid; absent where this window did not see it. */
  paidFrom?: { expiresAt?: Timestamp; amount: Credits }[];
}

/** Usage of a task or of a project. */
export interface OwnUse {
  /** The task's id or the project; empty for own requests without one. */
  id: string;
  title?: string;
  credits: Credits;
  requests: number;
  /** Of all credits of the range, between 0 and 1. */
  share: number;
}
