/** Claims of a token. Its signature is not verified; the server does that. */

export interface TokenClaims {
  /** It is a signed token with an object in its middle part. */
  isReadable?: true;
  /** The account's id; tokens of the older kind have none. */
  id?: string;
  name?: string;
  /** Milliseconds since 1970. */
  issuedAt?: number;
  expiresAt?: number;
}

/** Reads the middle part of a token; empty for what is no signed token. */
export function readClaims(token: string): TokenClaims {
  const parts = token.split(".");
  if (parts.length !== 3) return {};
  const claims = readObject(parts[1] ?? "");
  if (claims === undefined) return {};
  const [name, issuedAt, expiresAt] = [readName(claims), readTime(claims.iat), readTime(claims.exp)];
  const id = typeof claims.universal_id === "string" ? claims.universal_id.trim() : "";
  return {
    isReadable: true,
    ...(id === "" ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(issuedAt === undefined ? {} : { issuedAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** The first that is there; older and newer servers use other names (docs/contract/public-servers.md). */
function readName(claims: Record<string, unknown>): string | undefined {
  const { properties } = claims;
  const github =
    typeof properties === "object" && properties !== null
      ? (properties as Record<string, unknown>).oauth_GitHub_username
      : undefined;
  return [claims.displayName, claims.display_name, claims.name, claims.preferred_username, github, claims.email]
    .map((name) => (typeof name === "string" ? name.trim() : ""))
    .find((name) => name !== "");
}

function readTime(seconds: unknown): number | undefined {
  return typeof seconds === "number" && Number.isFinite(seconds) ? seconds * 1_000 : undefined;
}

function readObject(part: string): Record<string, unknown> | undefined {
  try {
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
    const read: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof read === "object" && read !== null && !Array.isArray(read)
      ? (read as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
