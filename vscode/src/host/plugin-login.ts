/**
 * Signing in through the browser, as the server offers it to editors (server.md 1.1): the editor opens the login page
 * with a random state, and asks for the token with the same state until the page was passed. Addresses carry the state
 * and never a token; the state is good for one token.
 */

import { readToken, type TokenPair } from "./token.js";

const PATH = "/oidc-auth/api/v1/plugin";
/** A server that takes longer than this is asked again. */
const PATIENCE_MS = 15_000;

/** Who signs in. */
export interface LoginClient {
  /** One for each installation: the server ends an older login of the same one. */
  machineCode: string;
  editorVersion: string;
  pluginVersion: string;
  uriScheme: string;
}

/** waiting: nobody has passed the page yet. refused: this one will never get a token. absent: the server has no such login. */
export type LoginReply = TokenPair | "waiting" | "refused" | "absent";

export class PluginLogin {
  /** 256 random bits. */
  readonly state = [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  readonly #base: string;
  readonly #client: LoginClient;

  constructor(base: string, client: LoginClient) {
    this.#base = base;
    this.#client = client;
  }

  /** The page for the browser. Servers that know `redirect_uri` lead back to it with the state, the others leave it. */
  page(callback: string): string {
    return `${this.#base}${PATH}/login?${this.#query({ redirect_uri: callback })}`;
  }

  /** Asks once. Rejects when the server does not answer. */
  async fetch(): Promise<LoginReply> {
    return read(await ask(`${this.#base}${PATH}/login/token?${this.#query()}`), this.state, "waiting");
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
export function renew(base: string, renewal: string): Promise<LoginReply> {
  const state = crypto.randomUUID();
  return ask(`${base}${PATH}/login/token?${new URLSearchParams({ state })}`, renewal).then((reply) => read(reply, state, "refused"));
}

/** Tells the server that the token is not used any more. */
export async function logOut(base: string, token: string): Promise<void> {
  await ask(`${base}${PATH}/logout?${new URLSearchParams({ state: crypto.randomUUID() })}`, token);
}

/** Whether tokens can go over this address: encrypted, or without leaving this machine. */
export function isPrivate(base: string): boolean {
  if (!URL.canParse(base)) return false;
  const { protocol, hostname } = new URL(base);
  return protocol === "https:" || (protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

function ask(address: string, bearer?: string): Promise<Response> {
  return fetch(address, {
    headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
}

async function read(reply: Response, state: string, unauthorised: "waiting" | "refused"): Promise<LoginReply> {
  if (reply.status === 404 || reply.status === 405) return "absent";
  if (reply.status === 401) return unauthorised;
  if (reply.status >= 500 || reply.status === 429) return "waiting";
  if (!reply.ok) return "refused";
  const { data } = ((await reply.json().catch(() => undefined)) ?? {}) as { data?: { access_token?: unknown; refresh_token?: unknown; state?: unknown } };
  const token = text(data?.access_token);
  // An answer to another login is none to this one.
  if (token === undefined || data?.state !== state) return unauthorised;
  const renewal = text(data.refresh_token);
  return { token, ...(renewal === undefined ? {} : { renewal }) };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? readToken(value) : undefined;
}
