/** Where a program finds a token, in the order that it prefers. */

import { readToken, serverAddress } from "costrict-credit/panel-session";

import { AuthJson } from "./auth-json.js";
import { authJsonPath } from "./folders.js";
import { notAToken, StorageError } from "./storage-error.js";
import type { TokenFile } from "./token-file.js";

/** What a token is from: for a message, and to know whether it may be renewed or removed. */
export type TokenOrigin = "environment" | "stdin" | "file" | "auth_json";

export interface FoundToken {
  readonly token: string;
  readonly origin: TokenOrigin;
  /** Gets the next token when this one has ended; only for sign-ins of the program's own file. */
  readonly renewal?: string;
}

/** Looks for a token for a server; undefined where this source has none. Rejects with a StorageError where it cannot be read. */
export type TokenSource = (server: string) => Promise<FoundToken | undefined>;

export const TOKEN_VARIABLE = "COSTRICT_TOKEN";

/** The token in an environment variable. It is meant for whatever server the program is used with. */
export function environmentToken(variable = TOKEN_VARIABLE, env: NodeJS.ProcessEnv = process.env): TokenSource {
  return async () => {
    const given = env[variable];
    if (given === undefined || given.trim() === "") return undefined;
    return { token: tokenIn(given, `The variable ${variable}`), origin: "environment" };
  };
}

/** The token that is piped into the program: its first line. A terminal is not read: its user would not know what to type. */
export function stdinToken(
  input: AsyncIterable<Uint8Array | string> & { isTTY?: boolean } = process.stdin,
): TokenSource {
  let read: Promise<string> | undefined;
  return async () => {
    if (input.isTTY === true) return undefined;
    read ??= firstLine(input);
    const given = await read;
    return given.trim() === "" ? undefined : { token: tokenIn(given, "The text on stdin"), origin: "stdin" };
  };
}

/** The sign-in in the program's own file. */
export function fileToken(file: Pick<TokenFile, "read">): TokenSource {
  return async (server) => {
    const found = await file.read(server);
    return found === undefined ? undefined : { ...found, origin: "file" };
  };
}

/**
 * The sign-in of CoStrict's plugin and command line client. It is theirs: it is read here, never written, and never renewed. One
 * that names another server is not used.
 *
 * @param path default: where the plugin writes it; without a home folder the source rejects with "no_home"
 */
export function authJsonToken(path?: string): TokenSource {
  return async (server) => {
    const file = path ?? authJsonPath();
    if (file === undefined)
      throw new StorageError("no_home", "This user has no home folder, so there is no auth.json.");
    const found = await new AuthJson(file).load();
    if (found === undefined) return undefined;
    const asked = serverAddress(server);
    const isForServer = found.server === undefined || (asked !== undefined && serverAddress(found.server) === asked);
    return isForServer ? { token: found.token, origin: "auth_json" } : undefined;
  };
}

/** The first token of several sources. A source that fails is an error only where none of the others has a token. */
export function firstToken(...sources: readonly TokenSource[]): TokenSource {
  return async (server) => {
    let failure: { cause: unknown } | undefined;
    for (const source of sources) {
      try {
        const found = await source(server);
        if (found !== undefined) return found;
      } catch (cause) {
        // A token that was given on purpose and cannot be one is a mistake to report, not to pass over.
        if (cause instanceof StorageError && cause.code === "not_a_token") throw cause;
        failure ??= { cause };
      }
    }
    if (failure !== undefined) throw failure.cause;
    return undefined;
  };
}

function tokenIn(given: string, source: string): string {
  const token = readToken(given);
  if (token === undefined) throw notAToken(source);
  return token;
}

const LINE_MAX_LENGTH = 32_768;

async function firstLine(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of input) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    if (text.includes("\n") || text.length > LINE_MAX_LENGTH) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? "";
}
