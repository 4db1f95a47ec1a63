/** What a call is made with: language, server, width. Flags first, then variables, then what the machine says. */

import { readFileSync } from "node:fs";

import { authJsonPath, readAuthJson } from "costrict-credit/node";
import { isTimeZone, serverAddress } from "costrict-credit/panel-session";

import { CliError, ExitCode } from "./exit-code.js";
import { text } from "./texts.js";

export const DEFAULT_SERVER = "https://zgsm.sangfor.com";
/** The variable that CoStrict's own programs read. */
export const SERVER_VARIABLE = "COSTRICT_BASE_URL";
const WIDTH_DEFAULT = 80;

/** The options that every command has, as they were typed. */
export interface GlobalFlags {
  json?: boolean;
  quiet?: boolean;
  color: boolean;
  masked?: boolean;
  server?: string;
  lang?: string;
  timeZone?: string;
  tokenStdin?: boolean;
}

/** The order of POSIX, then what the machine's settings say. */
export function localeOf(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  if (flag !== undefined) {
    if (!isLanguage(flag)) throw new CliError(ExitCode.wrongCall, text("en", "badLanguage", flag));
    return flag;
  }
  const posix = (env.LC_ALL || env.LC_MESSAGES || env.LANG || "").replace(/[.@].*$/, "");
  if (posix === "C" || posix === "POSIX") return "en";
  if (posix !== "" && isLanguage(posix)) return posix.replaceAll("_", "-");
  return Intl.DateTimeFormat().resolvedOptions().locale;
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag.replaceAll("_", "-")).length === 1;
  } catch {
    return false;
  }
}

/** The server: the flag's, the variable's, that of CoStrict's own sign-in, or the public one. */
export function serverOf(flag: string | undefined, locale: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = flag ?? (env[SERVER_VARIABLE] || undefined);
  if (named === undefined) return signInServer() ?? DEFAULT_SERVER;
  const server = serverAddress(named);
  if (server === undefined) throw new CliError(ExitCode.wrongCall, text(locale, "badServer", named));
  return server;
}

function signInServer(): string | undefined {
  try {
    const path = authJsonPath();
    const server = path === undefined ? undefined : readAuthJson(readFileSync(path, "utf8"))?.server;
    return server === undefined ? undefined : serverAddress(server);
  } catch {
    // What is wrong with the file is said by whom it is asked for a token.
    return undefined;
  }
}

export function timeZoneOf(flag: string | undefined, locale: string): string | undefined {
  if (flag !== undefined && !isTimeZone(flag)) throw new CliError(ExitCode.wrongCall, text(locale, "badZone", flag));
  return flag;
}

/** Columns of the terminal. A pipe has no width: whatever reads it may need the whole line. */
export function widthOf(stream: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv = process.env): number {
  if (stream.isTTY !== true) return Number.POSITIVE_INFINITY;
  return stream.columns || Number(env.COLUMNS) || WIDTH_DEFAULT;
}
