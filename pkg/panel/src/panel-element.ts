/** What an embedder sets on `<costrict-credit-panel>`. */

import type { Section, SectionGroup } from "costrict-credit";
import type { ClientSource, PanelHost } from "costrict-credit/panel-session";

import type { PanelPort } from "./port.js";

export type PanelDensity = "comfortable" | "compact";

/** A section or a group of sections. */
export type PanelSection = Section["kind"] | SectionGroup;

/**
 * `<costrict-credit-panel>`. Its events are in `CreditPanelEventMap`, its look is that of the custom properties `--costrict-credit-*`.
 * Several panels on one page have an `id` each, under which their tab and draft survive a reload.
 */
export interface CreditPanelElement extends HTMLElement {
  /** The client whose account is shown, in the process of the page; it stays its owner's to free. */
  client: ClientSource | undefined;
  /** In place of `client`: the connection to a session elsewhere, such as in an extension. */
  port: PanelPort | undefined;
  /** What the panel needs from the page; what is absent has a default of the browser. Read whenever it is needed. */
  host: Partial<PanelHost> | undefined;
  /** Sends a prompt and shows its answer. The panel has a Send button only where this is set, here or in `host`. */
  onSend: PanelHost["onSend"] | undefined;
  /**
   * Attribute `sections`: the sections or groups to show, separated by spaces; absent: all. While there is no account, what the
   * panel says about that is shown in their place.
   */
  sections: string | null;
  /** Attribute `density`. */
  density: PanelDensity | null;
  /** Attribute `locale`: BCP 47; absent: the browser's. What the user chooses in the panel wins. */
  locale: string | null;
  /**
   * Attribute `task`: the id of the task in progress, which the section `task` shows. Absent where the host of a session sets it.
   * With `sections="task"` there is only the card of the task, small enough for the head of a chat.
   */
  task: string | null;
  /** Attribute `heading-level`: the level of the panel's heading among those of the page, those of its sections follow. Default 1. */
  headingLevel: number | null;
}

declare global {
  interface HTMLElementTagNameMap {
    "costrict-credit-panel": CreditPanelElement;
  }
}
