/** Calls `refresh` when the core says that it is time, and never otherwise. */

import type { Activity, CreditClient, RefreshTrigger } from "costrict-credit";

/** Between two calls, whatever the core says: a core that is asked again at once would spin. */
const LEAST_WAIT_MS = 1_000;
/** The core asks at most once in this time. */
const FLOOR_MS = 5_000;
/** The longest that a timer of a browser can wait. */
const LONGEST_WAIT_MS = 2_147_483_647;

export class RefreshLoop {
  readonly #client: Pick<CreditClient, "account" | "refresh" | "nextRefresh">;
  readonly #after: () => void;
  #activity: Activity = { visible: false, focused: false, online: true };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reason: RefreshTrigger = "timer";
  /** When to ask once more, whatever the core says: something is known to have changed. */
  #again: number | undefined;
  #stopped = false;

  /** @param after called after every refresh, also one that brought nothing */
  constructor(client: Pick<CreditClient, "account" | "refresh" | "nextRefresh">, after: () => void) {
    this.#client = client;
    this.#after = after;
  }

  get visible(): boolean {
    return this.#activity.visible;
  }

  /** What the window does now. Coming back to it, or online, may be a reason to ask. */
  async moved(activity: Activity): Promise<void> {
    const before = this.#activity;
    this.#activity = activity;
    const cameBack = (activity.focused && !before.focused) || (activity.visible && !before.visible);
    if (activity.online && (cameBack || !before.online)) await this.now("focus");
    else this.plan();
  }

  async now(trigger: RefreshTrigger): Promise<void> {
    this.#cancel();
    await this.#client.refresh(trigger);
    // The client may be gone by now.
    if (this.#stopped) return;
    this.#after();
    this.plan();
  }

  /** Refreshes until there is a reading that was made after now: something is known to have changed. */
  async insist(trigger: RefreshTrigger): Promise<void> {
    const before = this.#client.account();
    await this.now(trigger);
    const { asOf, problem } = this.#client.account();
    // A problem that was there before may be about the time before.
    if (asOf !== before.asOf || (problem !== undefined && problem.kind !== before.problem?.kind)) return;
    // Too soon after the last one: the core answers from its cache then.
    this.#reason = trigger;
    this.#again = Date.now() + FLOOR_MS;
    this.plan();
  }

  /** A request has ended: the next refresh is about it. The core says when the server can know of it. */
  turnEnded(): void {
    this.#reason = "turn_ended";
    this.plan();
  }

  /** Asks the core anew when to refresh next. */
  plan(): void {
    this.#cancel();
    if (this.#stopped) return;
    const due = Math.min(this.#client.nextRefresh(this.#activity) ?? Infinity, this.#again ?? Infinity);
    if (due === Infinity) return;
    this.#wait(Math.min(Math.max(due - Date.now(), LEAST_WAIT_MS), LONGEST_WAIT_MS));
  }

  #wait(length: number): void {
    this.#cancel();
    this.#timer = setTimeout(() => {
      const reason = this.#reason;
      this.#reason = "timer";
      this.#again = undefined;
      // Only a client that is gone rejects; what the world does is in the account.
      this.now(reason).catch(() => {});
    }, length);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
