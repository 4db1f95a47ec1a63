/** Which of two tokens is the newer one. */

import { readClaims } from "costrict-credit/panel-session";

interface DatedToken {
  token: string;
  /** When it was stored, milliseconds since 1970. */
  at: number;
}

/**
 * An expired token is older than a valid one. Then the claims decide, `iat` or else `exp`, and
 * only where one of them lacks these claims the time when they were stored.
 */
export function isNewerToken(one: DatedToken, other: DatedToken, now = Date.now()): boolean {
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
