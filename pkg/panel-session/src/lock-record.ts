/** The record in a lock file or lease: which window holds it, and until when. */

export interface LockRecord {
  owner: string;
  /** Milliseconds since 1970, by the clock of the window that wrote it. */
  until: number;
  /** The requested duration; absent in records of older versions. */
  ttl?: number;
}

/** Upper limit of any record's duration. */
export const LOCK_DURATION_MAX_MS = 3_600_000;
/** Clocks are corrected by small steps all the time; those void no record. */
const CLOCK_SLACK_MS = 1_000;

export function newLockRecord(owner: string, ttl: number): string {
  return JSON.stringify({ owner, until: Date.now() + ttl, ttl } satisfies LockRecord);
}

/** `undefined` for malformed text. */
export function readLockRecord(text: string): LockRecord | undefined {
  try {
    const claim = JSON.parse(text) as Partial<LockRecord> | null;
    return typeof claim?.owner === "string" && typeof claim.until === "number" ? (claim as LockRecord) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a record is in force. One that ends later than its duration from now was written while the clock was ahead: it is
 * void, or a window that was killed then would keep all others out for hours or years.
 *
 * @param ttl the duration that the caller would request, for a record without one
 */
export function isHeld(claim: LockRecord, ttl: number, now = Date.now()): boolean {
  const own = typeof claim.ttl === "number" && claim.ttl > 0 ? claim.ttl : ttl;
  const left = claim.until - now;
  return left > 0 && left <= Math.min(own, LOCK_DURATION_MAX_MS) + CLOCK_SLACK_MS;
}
