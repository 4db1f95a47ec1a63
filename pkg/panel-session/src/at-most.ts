/** Waits for work of a host, which may never end. */

/** The account is shown in English for as long as the texts of its language take longer. */
export const CATALOGUE_WAIT_MAX_MS = 2_000;
/** A host that never reports the paint does not keep the account from being refreshed. */
export const PAINT_WAIT_MAX_MS = 1_000;

/** Resolves when the work ends or the time is over, whichever is first; rejects as the work does. */
export async function atMost(waitMs: number, work: Promise<unknown> | undefined): Promise<void> {
  if (work === undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeIsOver = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs);
  });
  try {
    await Promise.race([work, timeIsOver]);
  } finally {
    clearTimeout(timer);
  }
}
