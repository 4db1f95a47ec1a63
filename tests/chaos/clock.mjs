/**
 * Virtual time: the core's timers, and `Date.now`, run on it, so that a call that waits for minutes takes no time here.
 * Timers of Node's own parts (sockets, streams) stay real.
 */

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
};

export class VirtualClock {
  now = 1_781_481_600_000;
  #timers = new Map();
  #made = 0;

  /** Replaces `Date.now`. */
  install() {
    Date.now = () => this.now;
  }

  /**
   * The core's import with virtual timers while it runs. The globals are not replaced for longer: Node's own `fetch` uses
   * them too, and expects more of a timer than is here.
   */
  imported(work) {
    return (...args) => {
      globalThis.setTimeout = (callback, after = 0) => this.after(after, callback);
      globalThis.clearTimeout = (timer) => {
        this.#timers.delete(timer?.number);
      };
      try {
        return work(...args);
      } finally {
        globalThis.setTimeout = real.setTimeout;
        globalThis.clearTimeout = real.clearTimeout;
      }
    };
  }

  after(millis, callback) {
    const timer = { number: ++this.#made, at: this.now + Math.max(0, Number(millis) || 0), callback };
    this.#timers.set(timer.number, timer);
    return timer;
  }

  /** A promise for virtual code. */
  wait(millis) {
    return new Promise((done) => this.after(millis, done));
  }

  /** Goes to the next timer; false when there is none. */
  advance() {
    let next;
    for (const timer of this.#timers.values()) if (next === undefined || timer.at < next.at) next = timer;
    if (next === undefined) return false;
    this.#timers.delete(next.number);
    this.now = Math.max(this.now, next.at);
    next.callback();
    return true;
  }
}

/** Lets everything that is ready run; `millis` of real time where sockets take part. */
export function breathe(millis = 0) {
  return new Promise((done) => (millis > 0 ? real.setTimeout(done, millis) : real.setImmediate(done)));
}
