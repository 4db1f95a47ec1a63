/** Base of the elements inside the panel: rendered in its shadow root, so that one style sheet and all ids reach everything. */

import { LitElement, type ReactiveController } from "lit";

import { FocusKeeper } from "../components/focus.js";
import type { CreditPanelElement } from "../panel-element.js";

/** Gives headings the levels that they have among those of the page; without `first` the heading of the panel is a first one. */
export function setHeadingLevels(root: ParentNode, first: number | null): void {
  for (const heading of root.querySelectorAll("h1, h2, h3")) {
    const level = Number(heading.tagName[1]) + (first ?? 1) - 1;
    if (first === null || !Number.isInteger(level)) heading.removeAttribute("aria-level");
    else heading.setAttribute("aria-level", String(Math.min(Math.max(level, 1), 9)));
  }
}

class HeadingLevels implements ReactiveController {
  readonly #host: HTMLElement;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  hostUpdated(): void {
    const root = this.#host.getRootNode();
    const panel = root instanceof ShadowRoot ? (root.host as Partial<CreditPanelElement>) : {};
    if (panel.headingLevel != null) setHeadingLevels(this.#host, panel.headingLevel);
  }
}

export abstract class LightDomElement extends LitElement {
  constructor() {
    super();
    this.addController(new FocusKeeper(this));
    this.addController(new HeadingLevels(this));
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}

/** Declares a property that re-renders and has no attribute. */
export const property = { attribute: false } as const;
