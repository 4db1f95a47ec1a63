/**
 * The element in JSX, for React 18.2.6 and later: import "costrict-credit/panel/react" in place of "costrict-credit/panel".
 *
 * React 19 sets `client`, `port` and `host` as properties. React 18 sets attributes only: set these three in a `ref`, and listen for
 * events there. `onSend` is set in a `ref` or as `host.onSend` in both: React takes it for a listener.
 */
import type { HTMLAttributes, Ref } from "react";

import type { CreditPanelElement } from "./dist/index.js";

export * from "./dist/index.js";

interface CreditPanelAttributes
  extends HTMLAttributes<CreditPanelElement>,
    Partial<
      Pick<CreditPanelElement, "client" | "port" | "host" | "density" | "sections" | "locale" | "task" | "headingLevel">
    > {
  ref?: Ref<CreditPanelElement>;
  key?: string | number | null;
  /** The attribute of a custom element, in React 18. */
  class?: string;
}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "costrict-credit-panel": CreditPanelAttributes;
    }
  }
}
