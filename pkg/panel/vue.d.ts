/**
 * The element in Vue's templates: import "costrict-credit/panel/vue" in place of "costrict-credit/panel". Vue sets `client`, `port` and
 * `host` as properties; `onSend` needs `.onSend`, since Vue takes it for a listener otherwise.
 */
import type { EmitFn, HTMLAttributes, PublicProps } from "vue";

import type { CreditPanelElement, CreditPanelEventMap } from "./dist/index.js";

export * from "./dist/index.js";

type Settings = Partial<
  Pick<CreditPanelElement, "client" | "port" | "host" | "density" | "sections" | "locale" | "task" | "headingLevel">
>;

type Emits = { [Type in keyof CreditPanelEventMap]: (event: CreditPanelEventMap[Type]) => void };

type CreditPanelComponent = new () => CreditPanelElement & {
  $props: HTMLAttributes & Settings & PublicProps;
  $emit: EmitFn<Emits>;
};

declare module "vue" {
  interface GlobalComponents {
    "costrict-credit-panel": CreditPanelComponent;
  }
}
