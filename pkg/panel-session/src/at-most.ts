/** Waits for work of a host, which may never end. */

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
