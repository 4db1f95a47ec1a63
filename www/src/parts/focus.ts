/** Where the keyboard goes on when what it was on is taken away. */

import type { ReactiveController } from "lit";

/** What can be seen to have the focus: the heading, or all of a section whose heading is only read. */
const headed = (section: HTMLElement): HTMLElement => section.querySelector<HTMLElement>("h2:not(.unseen)") ?? section;

/**
 * A redraw may remove the button that was just pressed: "try again" with its problem, a page of the list with its row. The
 * browser would send the keyboard back to the top of the page; this sends it to the heading of the same section.
 */
export class FocusKeeper implements ReactiveController {
  readonly #host: HTMLElement;
  #held: HTMLElement | undefined;
  #near: HTMLElement | null = null;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  hostUpdate(): void {
    const held = document.activeElement;
    this.#held = held instanceof HTMLElement && this.#host.contains(held) ? held : undefined;
    this.#near = this.#held?.closest<HTMLElement>(".section") ?? null;
  }

  hostUpdated(): void {
    if (this.#held !== undefined && !this.#held.isConnected) this.#goOn();
    this.#held = undefined;
  }

  #goOn(): void {
    const section = this.#near?.isConnected ? this.#near : undefined;
    const target =
      section === undefined ? this.#host.querySelector<HTMLElement>("[aria-selected=true]") : headed(section);
    if (target === null) return;
    if (section !== undefined) target.tabIndex = -1;
    target.focus();
  }
}
