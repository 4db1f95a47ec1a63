/** Restores keyboard focus when the focused element is removed. */

import type { ReactiveController } from "lit";

import { focusedIn } from "./selection.js";

/** What can be seen to have the focus: the heading, or all of a section whose heading is only read. */
const focusTarget = (section: HTMLElement): HTMLElement =>
  section.querySelector<HTMLElement>("h2:not(.visually-hidden)") ?? section;

/**
 * A redraw may remove the button that was just pressed: "try again" with its problem, a page of the list with its row. The
 * browser would send the keyboard back to the top of the page; this sends it to the heading of the same section.
 */
export class FocusKeeper implements ReactiveController {
  readonly #host: HTMLElement;
  #focused: HTMLElement | undefined;
  #section: HTMLElement | null = null;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  hostUpdate(): void {
    const held = focusedIn(this.#host);
    this.#focused = held instanceof HTMLElement && this.#host.contains(held) ? held : undefined;
    this.#section = this.#focused?.closest<HTMLElement>(".section") ?? null;
  }

  hostUpdated(): void {
    if (this.#focused !== undefined && !this.#focused.isConnected) this.#restoreFocus();
    this.#focused = undefined;
  }

  #restoreFocus(): void {
    const section = this.#section?.isConnected ? this.#section : undefined;
    const target =
      section === undefined ? this.#host.querySelector<HTMLElement>("[aria-selected=true]") : focusTarget(section);
    if (target === null) return;
    if (section !== undefined) target.tabIndex = -1;
    target.focus();
  }
}
