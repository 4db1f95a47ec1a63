/** Usage, the Credit Record, and both as files. */

import type { Credits, Problem, Timestamp } from "./index.js";
import type { OwnUse } from "./tasks.js";

export interface UsageQuery {
  /** Presets that have not ended end today. Weeks begin as they do in the region of `locale`. */
  range:
    | "today"
    | "7days"
    | "30days"
    | "this_week"
    | "last_week"
    | "this_month"
    | "last_month"
    | { from: string; to: string };
  /** IANA zone or offset whose days are meant; default the server's. */
  timeZone?: string;
  /** BCP 47: the region whose weeks are meant, as far as `Intl` knows it. Without it weeks begin on Monday. */
  locale?: string;
  /** "task" and "project" join the rows with the requests that were begun here, by time and model: `byTask`, `byProject`. */
  groupBy?: "day" | "model" | "mode" | "task" | "project";
}

export interface UsageReport {
  rows: UsageRow[];
  total: Credits;
  requests: number;
  /** Every day of the range, oldest first; days without use are 0. */
  byDay: { day: string; credits: Credits; requests: number }[];
  /** The hours of a range of one day, each with the instant at which it begins: 24 of them, 23 or 25 where the clocks change.
   *  Absent where nothing could be read. */
  byHour?: { at: Timestamp; credits: Credits; requests: number }[];
  /** Most credits first. */
  byModel: { model: string; credits: Credits; requests: number; share: number }[];
  /** Most credits first; only with `groupBy`. */
  byTask?: OwnUse[];
  byProject?: OwnUse[];
  /** With them: the rows that belong to no request that is known here. They are of other devices or programs, or too long ago. */
  unjoined?: { credits: Credits; requests: number };
  /** False while not all pages are loaded: sums are then lower bounds. A list is read up to 100 000 rows, 32 MiB of replies
   *  and 28 s; beyond that `problem` says that not all was loaded. */
  complete: boolean;
  /** The period before, where it is known without another request: of a day or a week after a month was listed, say. Otherwise
   *  ask `usageBefore`. */
  before?: UsageBefore;
  problem?: Problem;
}
/** What the period before a range used: the week or month before a week or month, else as many days as the range has. */
export interface UsageBefore {
  /** First and last day, YYYY-MM-DD. */
  from: string;
  to: string;
  /** A range that has not ended is compared with as much time: the period before then ends here. Absent for whole days. */
  until?: Timestamp;
  /** Absent, with `requests`, where the period could not be read whole. */
  credits?: Credits;
  requests?: number;
}
export interface UsageRow {
  id: string;
  at: Timestamp;
  model: string;
  mode?: string;
  tokens?: number;
  credits: Credits;
  package?: string;
}
/** complete is false while not all pages could be loaded, and problem says why: such a file is partial. CSV begins with a
 *  byte order mark. Each time is in it twice: `at` in milliseconds since 1970, `atIso` in ISO 8601 with the server's offset;
 *  JSON has the same names. */
export interface ExportFile {
  /** Empty when nothing could be read: write no file then. */
  text: string;
  complete: boolean;
  problem?: Problem;
  /** Rows in `text`. */
  rows: number;
  /** Suggested name, such as "credits-usage.csv"; a partial file is "credits-usage-incomplete.csv". */
  fileName: string;
}

export interface RecordQuery {
  page: number;
  pageSize: number;
  operation?: RecordKind;
  text?: string;
  withVouchers?: boolean;
}
/** changed: the list grew while it was paged through; start again from page 1. A filter that could not go over all records
 *  (bounds as for usage) has rows, a `problem` that says so, and no total. */
export interface RecordPage {
  rows: CreditRecord[];
  total?: number;
  pages?: number;
  changed?: boolean;
  problem?: Problem;
}
export type RecordKind = "recharge" | "transfer_in" | "transfer_out" | "expire" | "deduct" | "merge_in" | "other";
export interface CreditRecord {
  kind: RecordKind;
  /** The server's operation text. */
  operation: string;
  amount: Credits;
  at?: Timestamp;
  expiresAt?: Timestamp;
  source?: string;
  relatedUser?: string;
  /** Of an expiry: the part of `amount` that was unused, if the server sends it. */
  lapsed?: Credits;
  /** A secret: present only with `withVouchers`. */
  voucherCode?: string;
  items?: { amount: Credits; expiresAt?: Timestamp; status: "credited" | "failed" | "expired"; lapsed?: Credits }[];
}
