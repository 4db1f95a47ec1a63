/** How long a condition may take on a machine that is busy with other things. */
export const PATIENCE = Number(process.env.EDITOR_PATIENCE ?? 60_000);

/** Asks again until there is an answer that is not undefined. */
export async function until(what, ask, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
