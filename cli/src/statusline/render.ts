/** Lines from the core: the one of now in the foreground, and those of the time to come in the background. */

import { StorageError } from "costrict-credit/node";
import { acquireWindowLock } from "costrict-credit/panel-session";

import { Call } from "../call.js";
import { isTerminalOutput, STDOUT, write } from "../descriptor.js";
import { CliError, ExitCode } from "../exit-code.js";
import { Session } from "../session.js";
import { startInBackground } from "./background.js";
import { LinePlace } from "./line-file.js";
import { linesAhead } from "./lines-ahead.js";
import { outputOf, readFlags, type StatuslineFlags } from "./statusline.js";

const LOCK_NAME = "cli-background";
/** Longer than a request may take; a process that was killed blocks no other for longer. */
const LOCK_TTL_MS = 30_000;
/** A status line is on the screen, and no one may look at it. */
const ACTIVITY = { visible: true, focused: false, online: true };
/** While someone waits for the line, few more are rendered. */
const FOREGROUND_AHEAD_MS = 60_000;
/** At least, and past the next refresh for as long as one may take. */
const BACKGROUND_AHEAD_MS = 300_000;
const REFRESH_DURATION_MAX_MS = 60_000;
/** The longest wait of the core's policy, with its jitter. */
const BACKGROUND_AHEAD_MAX_MS = 45 * 60_000;

/** Prints the line of now; undefined for a call that is wrong, or that only the parser of all commands understands. */
export async function printStatusline(words: readonly string[]): Promise<ExitCode | undefined> {
  const flags = readFlags(words);
  if (flags === undefined) return undefined;
  const isTerminal = isTerminalOutput();
  const place = placeOf(words, isTerminal);
  const inputs = place?.inputs();
  let call: Call | undefined;
  try {
    call = new Call(flags);
    const session = await call.session();
    write(STDOUT, outputOf(call, session, flags.short === true));
    if (place === undefined || inputs === undefined || session.store.failure !== undefined) return ExitCode.ok;
    const refreshAt = session.client.nextRefresh(ACTIVITY);
    storeLines({ call, session, flags, place, inputs, ahead: FOREGROUND_AHEAD_MS });
    // With no refresh due, the process renders: the next line, and those after it, are then there.
    if (refreshAt !== undefined) startInBackground(place, words, isTerminal);
    return ExitCode.ok;
  } catch (thrown) {
    if (thrown instanceof CliError || thrown instanceof StorageError) return undefined;
    throw thrown;
  } finally {
    call?.end();
  }
}

/** The process in the background. A second one finds the lock taken, and renders what the first one has read so far. */
export async function refreshInBackground([terminal, ...words]: readonly string[]): Promise<ExitCode> {
  const flags = readFlags(words);
  const isTerminal = terminal === "true";
  const place = placeOf(words, isTerminal);
  if (flags === undefined || place === undefined) return ExitCode.ok;
  if (!(await refreshOnce(flags))) return ExitCode.ok;
  const inputs = place.inputs();
  // From the files as a new call would read them: what only this process knows is in no other line.
  const call = new Call(flags, undefined, isTerminal);
  try {
    const session = await call.session();
    const now = Date.now();
    const refreshAt = session.client.nextRefresh(ACTIVITY) ?? now;
    const ahead = Math.max(BACKGROUND_AHEAD_MS, refreshAt - now + REFRESH_DURATION_MAX_MS);
    storeLines({ call, session, flags, place, inputs, ahead: Math.min(ahead, BACKGROUND_AHEAD_MAX_MS) });
    place.removeOld(now);
  } finally {
    call.end();
  }
  return ExitCode.ok;
}

/** Whether there is a storage: where nothing can be stored, each status line would ask the server. */
async function refreshOnce(flags: StatuslineFlags): Promise<boolean> {
  const session = await Session.open(flags);
  try {
    const release = await acquireWindowLock(session.store, LOCK_NAME, LOCK_TTL_MS);
    if (session.store.failure !== undefined) return false;
    if (release === undefined) return true;
    try {
      await session.refresh("timer");
    } finally {
      await release();
    }
    return true;
  } finally {
    session.close();
  }
}

interface Stored {
  call: Call;
  session: Session;
  flags: StatuslineFlags;
  place: LinePlace;
  inputs: string;
  ahead: number;
}

function storeLines({ call, session, flags, place, inputs, ahead }: Stored): void {
  const refreshAt = session.client.nextRefresh(ACTIVITY);
  const now = Date.now();
  const render = (at: number) => session.at(at, () => outputOf(call, session, flags.short === true));
  place.write({ inputs, ...linesAhead(render, now, now + ahead), ...(refreshAt === undefined ? {} : { refreshAt }) });
}

/** Undefined for a user without a home folder. */
function placeOf(words: readonly string[], isTerminal: boolean): LinePlace | undefined {
  try {
    return new LinePlace(words, isTerminal);
  } catch {
    return undefined;
  }
}
