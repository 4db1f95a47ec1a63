/** The limits that the user sets, what is used of them, and what a request does that would pass one. */

import type { Credits, Timestamp } from "./index.js";

/**
 * "task": a task with its sub-tasks. "project": all tasks of a project. "day" and "week": of the server, a week from Monday to
 * Sunday. Of several caps that a request passes, the first one in this order is the reason.
 */
export type CapScope = "task" | "project" | "day" | "week";

/**
 * Limits for requests, as `ClientOptions.budget` and `configure({ budget })` take them.
 *
 * Requests of a sub-task count for the cap of the task above all others, and for its project: its own, or that of the nearest task
 * above it that has one. A task or project counts what the task ledger keeps of it. Day and week also count what other devices
 * used, as far as readings and usage statistics show it.
 */
export interface Budget {
  perTask?: Cap;
  perProject?: Cap;
  perDay?: Cap;
  perWeek?: Cap;
}

export interface Cap {
  /** Above this the decision is "ask". */
  warn?: Credits;
  /** Above this the decision is "stop". */
  stop?: Credits;
}

/** A limit beside what is used of it. */
export interface CapUse {
  scope: CapScope;
  /** The task's id or the project; absent for day and week. */
  id?: string;
  /** Charged and held. For day and week what other devices used counts too. */
  used: Credits;
  /** In effect, with what was raised. Both are absent while it is raised to "unlimited". */
  warn?: Credits;
  stop?: Credits;
  /** Raised by the user: the limits are at least this high until then; without `until` as long as the task is known. */
  raised?: { to: Credits | "unlimited"; until?: Timestamp };
}

/** A cap that a request would pass. */
export interface SpendCap {
  scope: CapScope;
  id?: string;
  /** Charged and held before this request. It may be more than `limit`. */
  used: Credits;
  /** The limit in effect that it would pass: `stop` where the decision is "stop", else `warn`. */
  limit: Credits;
  /** Other models on which the decision would be "go", cheapest first, at most ten. */
  fits: string[];
}

/** Whose limits `caps` lists beside those of day and week. */
export interface CapQuery {
  taskId?: string;
  project?: string;
}

/** What `raiseCap` raises. */
export type CapTarget = { task: string } | { project: string } | "day" | "week";
