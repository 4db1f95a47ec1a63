/** Base of the elements inside the panel: rendered in its shadow root, so that one style sheet and all ids reach everything. */

import { LitElement } from "lit";

import { FocusKeeper } from "../components/focus.js";

export abstract class LightDomElement extends LitElement {
  constructor() {
    super();
    this.addController(new FocusKeeper(this));
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}

/** Declares a property that re-renders and has no attribute. */
export const property = { attribute: false } as const;
