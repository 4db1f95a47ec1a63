/**
 * Signing in through the browser, as the server offers it to editors (docs/contract/public-servers.md): the editor opens the
 * login page with a random state, and polls for the token with the same state until the user has signed in. Addresses carry the
 * state and never a token; the state is good for one token.
 */

import { readToken, type TokenPair } from "./token.js";

/** Interval and number of polls of CoStrict's plugin (docs/contract/endpoints.md). */
export const LOGIN_POLL_INTERVAL_MS = 5_000;
export const LOGIN_POLLS_MAX = 120;
const PATH = "/oidc-auth/api/v1/plugin";
/** Request timeout; the next poll tries again. */
const REPLY_MAX_MS = 15_000;
/** A reply with two tokens has a few kilobytes. */
const REPLY_MAX_LENGTH = 262_144;
const TOO_MANY_LOGINS = "oidc-auth.concurrentLimitExceeded";

/** Who signs in. */
export interface LoginClient {
  /** One for each installation: the server ends an older login of the same one. */
  machineCode: string;
  editorVersion: string;
  pluginVersion: string;
  uriScheme: string;
}

/** The server answers, but not to this: too many sign in, or something in it is broken. */
export interface LoginFailure {
  failure: "too_many_logins" | "server_error" | "rate_limited";
  status: number;
}

/** waiting: the page was not passed yet. refused: this one will never get a token. absent: the server has no such login. */
export type LoginReply = TokenPair | LoginFailure | "waiting" | "refused" | "absent";

export function isTokenPair(reply: LoginReply): reply is TokenPair {
  return typeof reply === "object" && "token" in reply;
}

export function isLoginFailure(reply: LoginReply): reply is LoginFailure {
  return typeof reply === "object" && "failure" in reply;
}

/**
 * One sign-in through the browser.
 *
 * @example
 * const login = new PluginLogin(baseUrl, { machineCode, editorVersion, pluginVersion, uriScheme: "vscode" });
 * await openInBrowser(login.loginPage());
 * let reply = await login.fetch(); // "waiting", until the user has signed in
 */
export class PluginLogin {
  /** 256 random bits. */
  readonly state = [...crypto.getRandomValues(new Uint8Array(32))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  readonly #base: string;
  readonly #client: LoginClient;

  constructor(base: string, client: LoginClient) {
    this.#base = base;
    this.#client = client;
  }

  /** The page for the browser. Servers that know `redirect_uri` lead back to it with the state, the others leave it. */
  loginPage(callback?: string): string {
    return `${this.#base}${PATH}/login?${this.#query(callback === undefined ? {} : { redirect_uri: callback })}`;
  }

  /** Polls once. Rejects when the server does not answer. */
  async fetch(): Promise<LoginReply> {
    return readReply(await sendRequest(`${this.#base}${PATH}/login/token?${this.#query()}`), this.state, "waiting");
  }

  #query(more: Record<string, string> = {}): string {
    const { machineCode, editorVersion, pluginVersion, uriScheme } = this.#client;
    return new URLSearchParams({
      state: this.state,
      machine_code: machineCode,
      provider: "casdoor",
      plugin_version: pluginVersion,
      vscode_version: editorVersion,
      uri_scheme: uriScheme,
      ...more,
    }).toString();
  }
}

/** The next pair for a token that has ended. Each renewal works once. */
export function renewToken(base: string, renewal: string): Promise<LoginReply> {
  const state = crypto.randomUUID();
  return sendRequest(`${base}${PATH}/login/token?${new URLSearchParams({ state })}`, renewal).then((reply) =>
    readReply(reply, state, "refused"),
  );
}

/** Ends the token at the server, by the route of today or else by the older one. Rejects when the server does not confirm it. */
export async function revokeToken(base: string, token: string): Promise<void> {
  let status = 404;
  for (const route of ["/login/logout", "/logout"]) {
    const reply = await sendRequest(
      `${base}${PATH}${route}?${new URLSearchParams({ state: crypto.randomUUID() })}`,
      token,
    );
    status = reply.status;
    if (status !== 404) break;
  }
  // A token that the server does not know any more has ended, too.
  if (status !== 401 && (status < 200 || status > 299)) throw new Error(`HTTP ${status}`);
}

/** Whether tokens can go over this address: encrypted, or without leaving this machine. */
export function isConfidential(base: string): boolean {
  if (!URL.canParse(base)) return false;
  const { protocol, hostname } = new URL(base);
  return protocol === "https:" || (protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

function sendRequest(address: string, bearer?: string): Promise<Response> {
  return fetch(address, {
    headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
    redirect: "error",
    signal: AbortSignal.timeout(REPLY_MAX_MS),
  });
}

async function readReply(reply: Response, state: string, unauthorised: "waiting" | "refused"): Promise<LoginReply> {
  const { status } = reply;
  if (status === 404 || status === 405) return "absent";
  if (status === 401) return unauthorised;
  if (status === 429) return { failure: "rate_limited", status };
  const body = await readBody(reply);
  if (status >= 500) return { failure: body.code === TOO_MANY_LOGINS ? "too_many_logins" : "server_error", status };
  if (!reply.ok) return "refused";
  const data = (typeof body.data === "object" ? body.data : undefined) as
    | { access_token?: unknown; refresh_token?: unknown; state?: unknown }
    | undefined;
  const token = text(data?.access_token);
  // An answer to another login is none to this one.
  if (token === undefined || data?.state !== state) return unauthorised;
  const renewal = text(data.refresh_token);
  return { token, ...(renewal === undefined ? {} : { renewal }) };
}

/** The fields of a reply; none for what is not JSON, or too long to be one of these. */
async function readBody(reply: Response): Promise<{ code?: unknown; data?: unknown }> {
  try {
    if (Number(reply.headers.get("content-length")) > REPLY_MAX_LENGTH) return {};
    const found = await reply.text();
    return found.length > REPLY_MAX_LENGTH ? {} : ((JSON.parse(found) ?? {}) as { code?: unknown; data?: unknown });
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? readToken(value) : undefined;
}
