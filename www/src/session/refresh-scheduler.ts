/** Schedules `refresh` by the core's `nextRefresh`. */

import type { Activity, CreditClient, RefreshTrigger } from "costrict-credit";

/** Lower limit of a timer, so that a `nextRefresh` in the past does not cause a busy loop. */
const TIMER_DELAY_MIN_MS = 1_000;
/** The core sends at most one request in this time. */
const REFRESH_INTERVAL_MIN_MS = 5_000;
/** Upper limit of setTimeout. */
const TIMER_DELAY_MAX_MS = 2_147_483_647;

export class RefreshScheduler {
  readonly #client: Pick<CreditClient, "account" | "refresh" | "nextRefresh">;
  readonly #onRefreshed: () => void;
  #activity: Activity = { visible: false, focused: false, online: true };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextTrigger: RefreshTrigger = "timer";
  /** When to refresh again regardless of `nextRefresh`, since a change is known that no reading shows yet. */
  #repeatAt: number | undefined;
  #stopped = false;

  /** @param after called after every refresh, also one without a change */
  constructor(client: Pick<CreditClient, "account" | "refresh" | "nextRefresh">, after: () => void) {
    this.#client = client;
    this.#onRefreshed = after;
  }

  get isVisible(): boolean {
    return this.#activity.visible;
  }

  /** Records window state. Regained visibility, focus or network triggers a refresh. */
  async setActivity(activity: Activity): Promise<void> {
    const before = this.#activity;
    this.#activity = activity;
    const cameBack = (activity.focused && !before.focused) || (activity.visible && !before.visible);
    if (activity.online && (cameBack || !before.online)) await this.refresh("focus");
    else this.schedule();
  }

  async refresh(trigger: RefreshTrigger): Promise<void> {
    this.#cancelTimer();
    await this.#client.refresh(trigger);
    // The client may have been freed meanwhile.
    if (this.#stopped) return;
    this.#onRefreshed();
    this.schedule();
  }

  /** Refreshes until a reading is newer than this call, after a known change of the account. */
  async refreshUntilChanged(trigger: RefreshTrigger): Promise<void> {
    const before = this.#client.account();
    await this.refresh(trigger);
    const { asOf, problem } = this.#client.account();
    // A problem that was there before may be about the time before.
    if (asOf !== before.asOf || (problem !== undefined && problem.kind !== before.problem?.kind)) return;
    // Within the minimum interval the core answers from its cache.
    this.#nextTrigger = trigger;
    this.#repeatAt = Date.now() + REFRESH_INTERVAL_MIN_MS;
    this.schedule();
  }

  /** A request has ended: the next refresh reads its charge. `nextRefresh` knows when the server has booked it. */
  recordTurnEnd(): void {
    this.#nextTrigger = "turn_ended";
    this.schedule();
  }

  /** Restarts the timer by `nextRefresh`. */
  schedule(): void {
    this.#cancelTimer();
    if (this.#stopped) return;
    const due = Math.min(this.#client.nextRefresh(this.#activity) ?? Infinity, this.#repeatAt ?? Infinity);
    if (due === Infinity) return;
    this.#startTimer(Math.min(Math.max(due - Date.now(), TIMER_DELAY_MIN_MS), TIMER_DELAY_MAX_MS));
  }

  #startTimer(length: number): void {
    this.#cancelTimer();
    this.#timer = setTimeout(() => {
      const reason = this.#nextTrigger;
      this.#nextTrigger = "timer";
      this.#repeatAt = undefined;
      // Rejects only when the client was freed; all other failures are in `account().problem`.
      this.refresh(reason).catch(() => {});
    }, length);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
  }

  #cancelTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
