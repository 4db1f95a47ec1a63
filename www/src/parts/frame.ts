/** When what was just rendered has been painted. */

/** Resolves after the next frame, at once where there will be none: nobody looks at a hidden page, and it has no frames. */
export function painted(): Promise<void> {
  if (document.visibilityState === "hidden") return Promise.resolve();
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
