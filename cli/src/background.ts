/** A refresh that no one waits for: a process of its own, one at a time over all terminals. */

import { acquireWindowLock } from "costrict-credit/panel-session";

import { SERVER_VARIABLE } from "./environment.js";
import { ExitCode } from "./exit-code.js";
import { Session } from "./session.js";

/** The name under which the program starts itself. */
const COMMAND = "refresh-in-background";
const LOCK_NAME = "cli-background";
/** Longer than a request may take; a process that was killed blocks no other for longer. */
const LOCK_TTL_MS = 30_000;

/** A status line is on the screen, and no one may look at it. */
const ACTIVITY = { visible: true, focused: false, online: true };

/** Starts a refresh where the core's policy has one due. */
export async function startBackgroundRefresh({ client, server }: Session): Promise<void> {
  const due = client.nextRefresh(ACTIVITY);
  if (due === undefined || due > Date.now()) return;
  // Loaded when it is needed, once a minute: it takes longer to load than all of this program.
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, [process.argv[1] ?? "", COMMAND], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, [SERVER_VARIABLE]: server },
    windowsHide: true,
  });
  // Without a second process the next call in the foreground asks the server.
  child.on("error", () => {});
  child.unref();
}

/** The process that was started. A second one finds the lock taken and ends. */
export async function refreshInBackground(): Promise<number> {
  const session = await Session.open({ color: false });
  try {
    const release = await acquireWindowLock(session.store, LOCK_NAME, LOCK_TTL_MS);
    // Where nothing can be stored, each status line would ask the server.
    if (release === undefined || session.store.failure !== undefined) return ExitCode.ok;
    try {
      await session.refresh("timer");
    } finally {
      await release();
    }
  } finally {
    session.close();
  }
  return ExitCode.ok;
}
