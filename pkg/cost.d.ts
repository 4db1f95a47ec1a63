/** What a request will cost, what it did cost, and how long credits last. */

import type { SpendCap } from "./budget.js";
import type { Credits, Timestamp } from "./index.js";

export interface Draft {
  model: string;
  /** Default "costrict". Requests to any other provider cost no credits. */
  provider?: string;
  /** The prompt, or its parts; or its size if the caller counted. Used for tokens and for the context window. At most
   *  16 Mi characters. The last two texts stay in memory, so that the next count costs only what changed; they are never
   *  stored, and go with `forget()` and `free()`. */
  text?: string | string[];
  inputTokens?: number;
  /**
   * Decides whether the request is charged: give what you send as the header `x-quota-identity`. "user" is charged, "system"
   * is checked against the balance and not charged. Default "user", the dearer one.
   *
   * Which requests go out as "user" is the sending program's choice and has changed: since March 2026 the CoStrict plugin
   * sends it with the first request of a task only, before that with each message of the user. A request without the header
   * is taken for "system" by the gateway, though the documentation says that it counts: the command line client and the cloud
   * session send none. What they use is not known here, never 0; where it is charged it shows as `change.unexplained`.
   */
  identity?: "user" | "system";
  mode?: string;
  feature?: Feature;
  /** Groups requests for budgets and history. */
  taskId?: string;
  /**
   * The task with what the host calls it, in place of `taskId` or beside an equal one. Title and project are shown and stored:
   * plain text of at most 200 characters, without what looks like a secret. The latest that was given counts.
   */
  task?: {
    id: string;
    title?: string;
    project?: string;
    /** The id of the task that began this one: what this one costs is part of it. */
    parent?: string;
  };
  /** Default: now, in server time. */
  at?: Timestamp;
  /** With Auto: the model that was picked, once known. */
  routedModel?: string;
}
export type Feature = "chat" | "code_review" | "test_plan" | "documentation" | "strict";

export interface Estimate {
  model: string;
  /** False: this request takes no credits, and `free` says why. */
  charged: boolean;
  free?: "other_provider" | "system_request" | "zero_price";
  /** Absent when the price is unknown (also Auto whose pick is unknown): then low, high, listPrice, affordable, requestsLeft, remainingAfter and paidFrom are absent too.
   *  low and high also carry what is not known of the price, such as whether the listed rate already reflects the hour. Not charged: 0. */
  expected?: Credits;
  low?: Credits;
  high?: Credits;
  /** Share of past requests whose actual cost fell between low and high; absent without history, that is under 20 observed
   *  charges of the same model, hours (20:00 to 09:00, weekends) and discounts, and while the newest charges are unlike those before. */
  coverage?: number;
  /** "history": low and high are where nine of ten of the account's own charges lie, expected is their median. */
  basis: "list_price" | "history" | "unknown";
  listPrice?: Credits;
  /** With Auto whose pick is unknown: what the cheapest and the dearest model that it may pick cost at that time, with Auto's
   *  discount. Absent once a pick is known or past picks show it. */
  bounds?: { low: Credits; high: Credits };
  /** In the order in which they were taken off; those that past charges contradict are left out. */
  discounts: { name: string; share: number; until?: Timestamp }[];
  /** Of the prompt, by its model's vocabulary. Once the task has reported usage: a text that begins as its last one is the whole prompt again and
   *  grows from what was reported; any other is added to that prompt and its answer; without a text those are what is estimated. A new start needs a new `taskId`. */
  inputTokens?: number;
  /** Where 90 of 100 prompts like this fall; absent when the caller counted. */
  inputTokensRange?: { low: number; high: number };
  /** inputTokens / contextWindow. */
  contextShare?: number;
  /** Against `balance.available`. Absent when balance or price is unknown. */
  affordable?: boolean;
  requestsLeft?: number;
  /** available - expected; may be below 0. */
  remainingAfter?: Credits;
  /** Which grants would pay, first to expire first. */
  paidFrom?: { expiresAt?: Timestamp; amount: Credits }[];
}

/**
 * ```ts
 * const { spent, toCome, coverage } = client.estimateTask("code_review", "GLM-4.6", { taskId: "42" });
 * // spent: 12
 * // toCome: { requests: { low: 0, expected: 9, high: 31 }, low: 0, expected: 9, high: 31, basis: "similar_tasks" }
 * // coverage: 0.9, so nine in ten past tasks that had come as far ended after at most 31 more requests
 * ```
 */
export interface TaskEstimate {
  feature: Feature;
  model: string;
  /** Of a whole task of this kind. */
  requests: RequestRange;
  low?: Credits;
  expected?: Credits;
  high?: Credits;
  basis: "documented" | "history";
  affordable?: boolean;
  /** What the task was charged so far, with its sub-tasks. This and the next fields only with a `taskId` that is known. */
  spent?: Credits;
  /** What its requests without a known charge are expected to cost. */
  held?: Credits;
  /** Its requests that take credits, those in flight among them. */
  requestsTaken?: number;
  /** Absent too for a task that is larger than all that is known of such tasks: nothing is known of its rest then. */
  toCome?: TaskToCome;
  /** Of past tasks that had come as far, the share whose rest lay in the range of `toCome.requests` as the other tasks give it,
   *  between 0 and 1. Absent while there are fewer than 10. See docs/estimates.md for how well it holds. */
  coverage?: number;
}

/** Requests of a task: few, usual, many. */
export interface RequestRange {
  low: number;
  expected: number;
  high: number;
}

/** What a task that runs will still take, after what is spent and held. */
export interface TaskToCome {
  requests: RequestRange;
  /** Credits; absent where the price of the model is unknown. */
  low?: Credits;
  expected?: Credits;
  high?: Credits;
  /** "similar_tasks": the account's past tasks of this kind that took at least as many requests. "mean": the mean and range of all its
   *  past tasks of the kind, less what this one has taken: where the similar ones are few, or were no better. "documented": the user
   *  documentation, less what this one has taken, until there are 20 past tasks of the kind. */
  basis: "similar_tasks" | "mean" | "documented";
  /** Whether what is available covers `expected`. */
  affordable?: boolean;
}
export interface Spend {
  id: string;
  estimate: Estimate;
  /** "stop": over a hard cap or surely refused by the server. "ask": over a soft cap, or price unknown while a cap is set. */
  decision: "go" | "ask" | "stop";
  reason?:
    | "budget_task"
    | "budget_project"
    | "budget_day"
    | "budget_week"
    | "insufficient_credit"
    | "price_unknown"
    | "signed_out";
  /** Where a cap is the reason: which one. */
  cap?: SpendCap;
}

/** "charged" without credits: the reply does not say; the next reading settles it. */
export interface Outcome {
  kind: "charged" | "failed" | "cancelled" | "unknown";
  credits?: Credits;
  routedModel?: string;
  /** What the answer reported; anchors the next estimate of the same task (see `Estimate.inputTokens`), in this client. */
  usage?: { inputTokens?: number; cachedTokens?: number; outputTokens?: number };
  /** The reply that refused the request, as for `explain()`; an empty object where there was none. The panel on which `begin` was called
   *  shows what it means, until its next request begins. */
  reply?: FailedReply;
}
export interface FailedReply {
  status?: number;
  contentType?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Plan {
  model?: string;
  requestsPerDay?: number;
  creditsPerDay?: Credits;
}

export interface Forecast {
  /** Credits a day; absent with under 3 days of history (unless a plan gives it). */
  pace?: Credits;
  runsOutAt?: Timestamp;
  /** Sum of what will expire unused at this pace, and which grants lose how much. */
  willLapse?: Credits;
  lapses?: { expiresAt: Timestamp; amount: Credits }[];
  basis: {
    days: number;
    requests: number;
    /** Credits on each weekday, Monday first, by which the days ahead are counted; absent if the weekdays do not differ clearly. */
    weekdays?: Credits[];
    plan: boolean;
  };
}
