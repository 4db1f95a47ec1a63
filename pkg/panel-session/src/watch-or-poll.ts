/**
 * Watching what other windows write, also where the system has no watcher left: on Linux their number is limited
 * over all programs (ENOSPC), and a network drive may have none. Then the files are looked at from time to time.
 */

export type Warn = (message: string) => void;

export interface WatchTarget {
  /** Of what is watched, for the log. */
  name: string;
  /** Starts the system's watcher; may throw, and calls `failed` when it ends by itself. Returns the way to stop. */
  start(changed: (name: string | null) => void, failed: (cause: unknown) => void): () => void;
  /** A text that differs when something was written; for the time without a watcher. */
  fingerprint(): Promise<string>;
  warn?: Warn | undefined;
}

const POLL_INTERVAL_MS = 2_000;

/** Calls `changed` with the name of what changed, or null where that is unknown. Returns the way to stop. Never throws. */
export function watchOrPoll(
  watched: WatchTarget,
  changed: (name: string | null) => void,
  intervalMs = POLL_INTERVAL_MS,
): () => void {
  let stopped = false;
  let stop = () => {};
  const failed = (cause: unknown) => {
    if (stopped) return;
    stop();
    const code = (cause as { code?: unknown } | undefined)?.code;
    // Nothing is wrong with a folder that is not there yet.
    if (code !== "ENOENT") {
      watched.warn?.(
        `${watched.name} cannot be watched (${String(code ?? cause)}): it is read every ${intervalMs / 1_000} s instead.`,
      );
    }
    stop = poll(watched, () => changed(null), intervalMs);
  };
  try {
    stop = watched.start(changed, failed);
  } catch (cause) {
    failed(cause);
  }
  return () => {
    stopped = true;
    stop();
  };
}

function poll(watched: WatchTarget, changed: () => void, intervalMs: number): () => void {
  let known: string | undefined;
  let isLooking = false;
  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    try {
      const seen = await watched.fingerprint();
      if (known !== undefined && seen !== known) changed();
      known = seen;
    } catch {
      // What cannot be looked at now may be readable the next time.
    } finally {
      isLooking = false;
    }
  };
  void look();
  const timer = setInterval(() => void look(), intervalMs) as ReturnType<typeof setInterval> & { unref?: () => void };
  timer.unref?.();
  return () => clearInterval(timer);
}
