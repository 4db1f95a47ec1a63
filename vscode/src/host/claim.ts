/** What a window writes down to say that something is its to do for a time: in a lock file, and in a lease. */

export interface Claim {
  owner: string;
  /** Milliseconds since 1970, by the clock of the window that wrote it. */
  until: number;
  /** The length that was asked for; absent in claims of older versions. */
  ttl?: number;
}

/** No claim is longer than this, whatever it says. */
export const CLAIM_LENGTH_MAX_MS = 3_600_000;
/** Clocks are corrected by small steps all the time; those void no claim. */
const CLOCK_SLACK_MS = 1_000;

export function newClaim(owner: string, ttl: number): string {
  return JSON.stringify({ owner, until: Date.now() + ttl, ttl } satisfies Claim);
}

/** What cannot be read is no claim. */
export function readClaim(text: string): Claim | undefined {
  try {
    const claim = JSON.parse(text) as Partial<Claim> | null;
    return typeof claim?.owner === "string" && typeof claim.until === "number" ? (claim as Claim) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a claim holds now. One that ends later than its length from now was written while the clock was ahead: it is
 * void, or a window that was killed then would keep all others out for hours or years.
 *
 * @param ttl the length that the asking window would claim, for a claim that does not say its own
 */
export function isLive(claim: Claim, ttl: number, now = Date.now()): boolean {
  const own = typeof claim.ttl === "number" && claim.ttl > 0 ? claim.ttl : ttl;
  const left = claim.until - now;
  return left > 0 && left <= Math.min(own, CLAIM_LENGTH_MAX_MS) + CLOCK_SLACK_MS;
}
