/** Models and what they cost, and ways to get credits: data of the operator that an embedder can replace. */

import type { Credits } from "./index.js";

export interface ModelPrice {
  id: string;
  name: string;
  /** Credits for one charged request at list price; absent when the server names none. 0 is "free", absent is "unknown". */
  price?: Credits;
  /** Share taken off, only for Auto: 0.1 is 10 % off. */
  discount?: number;
  contextWindow?: number;
  /** Auto picks this model only for users of this VIP level and above, by the token's claim `vip`; absent: for everyone. */
  minVipLevel?: number;
}

export interface Promotion {
  /** Model ids, matched without case; a trailing * matches the rest. */
  models: string[];
  /** Share taken off, 0 to 1. */
  discount: number;
  /** Daily window in server time "HH:MM"; may pass midnight; from is inside, to is outside. */
  from?: string;
  to?: string;
  /** Days on which the window starts, 1 Monday to 7 Sunday; absent: every day. */
  weekdays?: number[];
  name?: string;
}

/** A way to get credits. */
export interface WayToEarn {
  /** Not empty, and different from the others' in the list. */
  id: string;
  /** A known kind has its words in every language; "other" is worded by `title` and `text`. A star that was given is shown as done. */
  kind: "weekly" | "star" | "invite" | "purchase" | "other";
  /** Credits for one time, 0 or more; absent when not known, and then none is shown. */
  amount?: Credits;
  /** Where it leads: http or https. Absent: the account page, on the tab of the kind. */
  link?: string;
  /** In place of the kind's own words; plain text, not empty. Needed for "other". */
  title?: string;
  text?: string;
}
