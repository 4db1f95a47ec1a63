/** Signing in from a browser page: the server's login page in a new tab, and polls for the token until it was passed. */

import {
  isConfidential,
  isTokenPair,
  LOGIN_POLL_INTERVAL_MS,
  LOGIN_POLLS_MAX,
  type LoginReply,
  PluginLogin,
} from "costrict-credit/panel-session";

/** One for each browser: the server ends an older login of the same one. */
const MACHINE_CODE_KEY = "costrict-credit.panel.machineCode";

/** The token of a new sign-in. Rejects where the server has none, refuses it, or the user did not finish the page in time. */
export async function signInByBrowser(baseUrl: string, signal: AbortSignal): Promise<string> {
  if (!isConfidential(baseUrl)) throw new Error("A sign-in needs https.");
  const login = new PluginLogin(baseUrl, {
    machineCode: machineCode(),
    editorVersion: "browser",
    pluginVersion: "0.1.0",
    uriScheme: "https",
  });
  // The click that led here allows a new tab only for a moment, so the first poll does not come before it.
  window.open(login.loginPage(), "_blank", "noopener,noreferrer");
  let isPollDue = false;
  for (let poll = 0; poll < LOGIN_POLLS_MAX && !signal.aborted; poll += 1) {
    if (isPollDue) await wait(LOGIN_POLL_INTERVAL_MS, signal);
    isPollDue = true;
    // A network that is away for a moment, and a server that is busy, may answer the next poll.
    const reply = await login.fetch().catch((): LoginReply => "waiting");
    if (isTokenPair(reply)) return reply.token;
    if (reply === "absent" || reply === "refused") throw new Error("The server refused the sign-in.");
  }
  throw new Error("The sign-in did not end.");
}

function machineCode(): string {
  try {
    const known = localStorage.getItem(MACHINE_CODE_KEY);
    if (known !== null) return known;
    const code = crypto.randomUUID();
    localStorage.setItem(MACHINE_CODE_KEY, code);
    return code;
  } catch {
    return crypto.randomUUID();
  }
}

/** Ends early when the tab comes back into sight: the user has most likely passed the login page. */
function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("focus", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    addEventListener("focus", end);
    signal.addEventListener("abort", end);
  });
}
