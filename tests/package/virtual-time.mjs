/** Timers that fire as soon as nothing else is left to do, on a clock of their own: an hour of waiting takes no time. */
const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
/** Rounds of the event loop in which sockets and promises get on before the clock moves. */
const QUIET_ROUNDS = 40;

export const clock = { now: Date.UTC(2026, 5, 15, 4) };
const timers = new Map();
/** Requests in flight: while there are any, the clock does not move. */
export const busy = { requests: 0 };

/** A timer as Node makes them: Node's own fetch refreshes those that it keeps. */
class Timer {
  #length;
  #run;

  constructor(length, run) {
    this.#length = length;
    this.#run = run;
    this.refresh();
  }

  refresh() {
    timers.set(this, { at: clock.now + this.#length, run: this.#run });
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }
}

globalThis.setTimeout = (callback, length = 0, ...rest) => new Timer(length, () => callback(...rest));
globalThis.clearTimeout = (timer) => (timer instanceof Timer ? void timers.delete(timer) : real.clearTimeout(timer));

export const pendingTimers = () => timers.size;

const rounds = async (count) => {
  for (let round = 0; round < count; round++) await new Promise((done) => setImmediate(done));
};

/** Waits for `work`, moving the clock where it waits for a timer; with the virtual milliseconds that it took. */
export async function timed(work) {
  const start = clock.now;
  let isSettled = false;
  const outcome = work
    .then(
      (value) => ({ value }),
      (thrown) => ({ thrown }),
    )
    .finally(() => {
      isSettled = true;
    });
  while (!isSettled) {
    await rounds(busy.requests > 0 ? 1 : QUIET_ROUNDS);
    if (isSettled || busy.requests > 0) continue;
    const [next] = [...timers].toSorted(([, a], [, b]) => a.at - b.at);
    if (next === undefined) continue;
    timers.delete(next[0]);
    clock.now = Math.max(clock.now, next[1].at);
    next[1].run();
  }
  const settled = await outcome;
  if ("thrown" in settled) throw settled.thrown;
  return { value: settled.value, took: clock.now - start };
}
