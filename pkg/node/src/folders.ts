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
