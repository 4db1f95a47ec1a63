/** Where a program keeps what it knows of a user's credits. */

import { homedir } from "node:os";
import { join } from "node:path";

import { noHome } from "./storage-error.js";

const NAME = "costrict-credit";

/** The user's home folder; undefined on a machine without one. */
export function homeFolder(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * The folder for the state of programs: `COSTRICT_CREDIT_HOME` if it is set, else where the system has such folders.
 *
 * @throws a StorageError "no_home" where there is neither
 */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.COSTRICT_CREDIT_HOME) return env.COSTRICT_CREDIT_HOME;
  if (process.platform === "win32" && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, NAME);
  if (env.XDG_STATE_HOME) return join(env.XDG_STATE_HOME, NAME);
  const home = homeFolder();
  if (home === undefined) throw noHome();
  return process.platform === "darwin"
    ? join(home, "Library", "Application Support", NAME)
    : join(home, ".local", "state", NAME);
}

/** The folder of what is known of the account, which all programs of the user share: the default of `FileStore`. Throws as `stateFolder`. */
export function accountFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(stateFolder(env), "account");
}

/** The file of programs' own sign-ins: the default of `TokenFile`. Throws as `stateFolder`. */
export function tokenPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(stateFolder(env), "token.json");
}

/** Where CoStrict's plugin and command line client keep their sign-in; undefined on a machine without a home folder. */
export function authJsonPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.COSTRICT_SHARE_DIR) return join(env.COSTRICT_SHARE_DIR, "auth.json");
  const home = homeFolder();
  return home === undefined ? undefined : join(home, ".costrict", "share", "auth.json");
}
