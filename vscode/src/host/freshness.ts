/** Which of two tokens is the newer one. */

import { readClaims } from "./claims.js";

interface Dated {
  token: string;
  /** When it was stored, milliseconds since 1970. */
  at: number;
}

/**
 * One that has ended is older than one that holds. Then the tokens' own words decide, when issued or else until when, and
 * only where one of them does not say it the time when they were stored.
 */
export function isFresher(one: Dated, other: Dated, now = Date.now()): boolean {
  if (one.token === other.token) return false;
  const [mine, its] = [readClaims(one.token), readClaims(other.token)];
  const [hasEnded, itsHasEnded] = [mine, its].map(({ expiresAt }) => expiresAt !== undefined && expiresAt <= now);
  if (hasEnded !== itsHasEnded) return itsHasEnded === true;
  for (const name of ["issuedAt", "expiresAt"] as const) {
    const [a, b] = [mine[name], its[name]];
    if (a !== undefined && b !== undefined && a !== b) return a > b;
  }
  return one.at > other.at;
}
