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
  /** An empty name: tasks without a project. */
  project?: string;
  /** Its sub-tasks; without it only tasks that are no sub-tasks, so that nothing is listed twice. */
  parent?: string;
  /** Tasks with a request at this time or later. */
  since?: Timestamp;
  /** 1 to 500, default 50. */
  limit?: number;
}

/**
 * Why a charge is not its estimate. "not_charged": nothing was charged. "other_model": another model than the requested one answered.
 * "charged_twice": the server charged each of its attempts, or twice the price. "stayed_charged": it failed or was cancelled, and stayed
 * charged. "discount": one came into effect that
 * was not expected; "no_discount": one that was expected did not. "price_changed": the list has another price now. "past_charges": the
 * estimate was what such requests had cost before. "within_range": the amount is that of a reading, within the expected range.
 * "price_unknown": there was no estimate. "unexplained": none of these; nothing is guessed.
 */
export type ChargeDifference =
  | "not_charged"
  | "other_model"
  | "charged_twice"
  | "stayed_charged"
  | "discount"
  | "no_discount"
  | "price_changed"
  | "past_charges"
  | "within_range"
  | "price_unknown"
  | "unexplained";

/** A request of a task. */
export interface TaskRequestReport {
  /** The id of the `Spend`. */
  id: string;
  /** The task that was asked for, or one of its sub-tasks. */
  taskId: string;
  /** Server time at which it was begun. */
  at: Timestamp;
  /** The requested model, and the one that answered in its place. */
  model: string;
  routedModel?: string;
  estimated?: Credits;
  /** Absent while it is not known; 0 for a request that was not charged. */
  charged?: Credits;
  source?: ChargeSource;
  /** Absent where charge and estimate are equal, and while the charge is not known. */
  difference?: ChargeDifference;
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
