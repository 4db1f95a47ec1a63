/** Waiting for the browser to paint. */

/** Resolves after the next frame. A hidden page has no frames, so there it resolves immediately. */
export function afterNextPaint(): Promise<void> {
  if (document.visibilityState === "hidden") return Promise.resolve();
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
