/** Schedules `refresh` by the core's `nextRefresh`: one timer for each client, whatever the number of windows that show it. */

import type { Activity, CreditClient, RefreshTrigger } from "costrict-credit";

/** Lower limit of a timer, so that a `nextRefresh` in the past does not cause a busy loop. */
const TIMER_DELAY_MIN_MS = 1_000;
/** The core sends at most one request in this time. */
const REFRESH_INTERVAL_MIN_MS = 5_000;
/** Upper limit of setTimeout. */
const TIMER_DELAY_MAX_MS = 2_147_483_647;

/** What the schedule uses of a client. */
export type RefreshClient = Pick<CreditClient, "account" | "refresh" | "nextRefresh" | "accountPageOpened">;

/** A place where the account is shown, such as a panel or an editor's status bar, and what the user does there. */
export interface WindowActivity {
  readonly current: Activity;
  /** Records what the window does. Regained visibility, focus or network triggers a refresh. */
  set(activity: Activity): Promise<void>;
  /** The window is gone. Without any window nothing is refreshed. */
  remove(): void;
}

const schedulers = new WeakMap<RefreshClient, RefreshScheduler>();

/**
 * Refreshes a client when the core wants it, as long as one window shows the account.
 *
 * @example
 * const scheduler = RefreshScheduler.of(client);
 * const statusBar = scheduler.addWindow();
 * scheduler.onRefreshed(() => draw(client.status()));
 * await statusBar.set({ visible: true, focused: true, online: true });
 * // After each turn of a chat, when the account page was opened, and after a sign-in:
 * scheduler.recordTurnEnd();
 * scheduler.recordAccountPageOpened();
 * await scheduler.refreshUntilChanged("signed_in");
 */
export class RefreshScheduler {
  readonly #client: RefreshClient;
  readonly #windows = new Set<{ activity: Activity }>();
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextTrigger: RefreshTrigger = "timer";
  /** When to refresh again regardless of `nextRefresh`, since a change is known that no reading shows yet. */
  #repeatAt: number | undefined;

  private constructor(client: RefreshClient) {
    this.#client = client;
  }

  /** The scheduler of a client. Invariant: there is one, so windows of a client never refresh on timers of their own. */
  static of(client: RefreshClient): RefreshScheduler {
    const known = schedulers.get(client) ?? new RefreshScheduler(client);
    schedulers.set(client, known);
    return known;
  }

  addWindow(): WindowActivity {
    const entry = { activity: { visible: false, focused: false, online: true } };
    this.#windows.add(entry);
    return {
      get current() {
        return entry.activity;
      },
      set: (activity) => {
        const before = entry.activity;
        entry.activity = activity;
        return this.#activityChanged(before, activity);
      },
      remove: () => {
        this.#windows.delete(entry);
        this.#schedule();
      },
    };
  }

  /** Calls the listener after every refresh, also one without a change. Returns the way to stop. */
  onRefreshed(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Refreshes if the core's policy allows, and plans the next refresh. Rejects when the client was freed. */
  async refresh(trigger: RefreshTrigger): Promise<void> {
    this.#cancelTimer();
    await this.#client.refresh(trigger);
    // The client may have been freed meanwhile.
    if (this.#windows.size === 0) return;
    for (const listener of [...this.#listeners]) listener();
    this.#schedule();
  }

  /** Refreshes until a reading is newer than this call, after a known change of the account. */
  async refreshUntilChanged(trigger: RefreshTrigger): Promise<void> {
    const before = this.#client.account();
    await this.refresh(trigger);
    if (this.#windows.size === 0) return;
    const { asOf, problem } = this.#client.account();
    // A problem that was there before may be about the time before.
    if (asOf !== before.asOf || (problem !== undefined && problem.kind !== before.problem?.kind)) return;
    // Within the minimum interval the core answers from its cache.
    this.#nextTrigger = trigger;
    this.#repeatAt = Date.now() + REFRESH_INTERVAL_MIN_MS;
    this.#schedule();
  }

  /** A request has ended: the next refresh reads its charge. `nextRefresh` knows when the server has booked it. */
  recordTurnEnd(): void {
    this.#nextTrigger = "turn_ended";
    this.#schedule();
  }

  /** The account page was opened, where credits are bought: refreshes follow soon. */
  recordAccountPageOpened(): void {
    this.#client.accountPageOpened();
    this.#schedule();
  }

  async #activityChanged(before: Activity, now: Activity): Promise<void> {
    const cameBack = (now.focused && !before.focused) || (now.visible && !before.visible);
    if (now.online && (cameBack || !before.online)) await this.refresh("focus");
    else this.#schedule();
  }

  /** Visible and focused if any window is; online unless one of them knows better. */
  #activity(): Activity {
    const all = [...this.#windows].map(({ activity }) => activity);
    return {
      visible: all.some(({ visible }) => visible),
      focused: all.some(({ focused }) => focused),
      online: all.every(({ online }) => online),
    };
  }

  #schedule(): void {
    this.#cancelTimer();
    if (this.#windows.size === 0) return;
    const due = Math.min(this.#client.nextRefresh(this.#activity()) ?? Infinity, this.#repeatAt ?? Infinity);
    if (due === Infinity) return;
    this.#startTimer(Math.min(Math.max(due - Date.now(), TIMER_DELAY_MIN_MS), TIMER_DELAY_MAX_MS));
  }

  #startTimer(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const trigger = this.#nextTrigger;
      this.#nextTrigger = "timer";
      this.#repeatAt = undefined;
      // Rejects only when the client was freed; all other failures are in `account().problem`.
      this.refresh(trigger).catch(() => {});
    }, delayMs);
  }

  #cancelTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
