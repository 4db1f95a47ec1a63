/** What a status line depends on besides the stored account and the time: the call, its environment, and the machine's zone. */

import { createHash } from "node:crypto";
import { lstatSync, readlinkSync } from "node:fs";

import { VERSION } from "../version.js";

const VARIABLES = [
  "LC_ALL",
  "LC_MESSAGES",
  "LANG",
  "LANGUAGE",
  "TZ",
  "NO_COLOR",
  "FORCE_COLOR",
  "TERM",
  "COSTRICT_TOKEN",
  "COSTRICT_BASE_URL",
];
const ZONE_FILE = "/etc/localtime";
const WINTER_AND_SUMMER = [0, 6];

/** A name for the call. Not to be turned back: a token may be in it. */
export function lineKey(words: readonly string[], isTerminal: boolean, env: NodeJS.ProcessEnv = process.env): string {
  const parts = [VERSION, process.version, String(isTerminal), zone(), String(words.length), ...words];
  for (const name of VARIABLES) parts.push(env[name] ?? "\u0001");
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}

/** Where the machine's zone is a file, that file; elsewhere the offsets of half a year. Asking Intl takes a third of a start. */
function zone(): string {
  try {
    const { mtimeMs, ino } = lstatSync(ZONE_FILE);
    return `${mtimeMs} ${ino} ${linkTarget()}`;
  } catch {
    const year = new Date().getFullYear();
    return WINTER_AND_SUMMER.map((month) => new Date(year, month, 1).getTimezoneOffset()).join(" ");
  }
}

function linkTarget(): string {
  try {
    return readlinkSync(ZONE_FILE);
  } catch {
    return "";
  }
}
