/** The address of the server as a user writes it: read as an address, never cut as text (docs/contract/endpoints.md). */

const API = "/api/v1";

/**
 * Without a slash at its end, and without the `/api/v1` that some users add to it. Undefined for what is no http or https
 * address of a server: nothing may be sent there. `tests/base-urls.json` lists
 * what is accepted; the core reads the same setting by the same rule.
 */
export function serverAddress(setting: string): string | undefined {
  const text = setting.trim();
  // The parser would take `http:/api` and `http:///api` for `http://api`: a host that the user did not name.
  if (!/^https?:\/\/[^/\\]/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  // An empty query is one, too; `search` does not show it.
  if (url.host === "" || url.username !== "" || url.password !== "" || /[?#]/.test(url.href)) return undefined;
  let path = url.pathname.replace(/\/+$/, "");
  // Only the path: a server may be called "api".
  while (path.endsWith(API)) path = path.slice(0, -API.length).replace(/\/+$/, "");
  return url.origin + path;
}
