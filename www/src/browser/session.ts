/** Server address and token of the page: fetched from the page's own origin, never taken from its URL. */

export interface BrowserSession {
  baseUrl: string;
  /** Absent: signed out. */
  token?: string;
  locale?: string;
}

/** Rejects when the page is not served by `start`, or not to us. */
export async function loadSession(): Promise<BrowserSession> {
  const reply = await fetch("session.json", { credentials: "same-origin", cache: "no-store" });
  if (!reply.ok) throw new Error(`session.json: HTTP ${reply.status}`);
  return (await reply.json()) as BrowserSession;
}
