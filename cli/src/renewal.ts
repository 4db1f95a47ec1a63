/** A sign-in of our own that has ended is renewed once, by one program. Those of others are theirs to renew. */

import { TokenFile } from "costrict-credit/node";
import { acquireWindowLock, isConfidential, isTokenPair, readClaims, renewToken } from "costrict-credit/panel-session";

import type { Session } from "./session.js";

const LOCK_NAME = "cli-renewal";
const LOCK_TTL_MS = 30_000;

/** The same before it is used, for one whose time is over by what it says itself. Spares a request that would be refused. */
export async function renewExpired(session: Session): Promise<boolean> {
  const found = await session.foundToken();
  if (found?.renewal === undefined) return false;
  const { expiresAt } = readClaims(found.token);
  return expiresAt !== undefined && expiresAt <= Date.now() && renewSignIn(session);
}

/** Whether there is a new token now, from here or from a program that was quicker. */
export async function renewSignIn(session: Session): Promise<boolean> {
  const { server, store } = session;
  const found = await session.foundToken();
  if (found?.origin !== "file" || found.renewal === undefined || !isConfidential(server)) return false;
  const release = await acquireWindowLock(store, LOCK_NAME, LOCK_TTL_MS);
  if (release === undefined) return false;
  try {
    const file = new TokenFile();
    const current = await file.read(server);
    if (current?.renewal === undefined) return false;
    // Each renewal works once: it was used by the program that had the lock before.
    if (current.token !== found.token) return true;
    const reply = await renewToken(server, current.renewal).catch(() => undefined);
    if (reply === undefined || !isTokenPair(reply)) return false;
    await file.save(server, reply);
    return true;
  } finally {
    await release();
  }
}
