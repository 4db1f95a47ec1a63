/** Tokens as users and servers hand them over. */

/** Result of a sign-in. */
export interface TokenPair {
  token: string;
  /** Gets the next pair when the token has ended; absent for a pasted token. */
  renewal?: string;
}

/** What a header can carry: visible ASCII without spaces. A pasted "Bearer " is taken off. */
export function readToken(pasted: string): string | undefined {
  const token = pasted.trim().replace(/^bearer\s+/i, "");
  return /^[\x21-\x7e]{1,16384}$/.test(token) ? token : undefined;
}

/** A token that belongs to another program: read here, and never written or renewed. */
export interface SharedToken {
  token: string;
  /** Who gave the token; absent where that is not written down. */
  server?: string;
  /** When it was stored, milliseconds since 1970. */
  at: number;
}
