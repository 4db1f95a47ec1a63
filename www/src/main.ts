/** Where the page begins: which carrier there is, and the panel on it. */

import { CoreInHost, type VsCodeApi } from "./carriers/core-in-host.js";
import { CreditPanel } from "./elements/panel.js";
import type { Port } from "./port.js";

declare const acquireVsCodeApi: (() => VsCodeApi) | undefined;

async function port(): Promise<Port> {
  if (typeof acquireVsCodeApi === "function") return new CoreInHost(acquireVsCodeApi());
  const { CoreInPage } = await import("./carriers/core-in-page.js");
  return CoreInPage.start();
}

customElements.define("credit-panel", CreditPanel);

port().then(
  (port) => document.querySelector<CreditPanel>("credit-panel")?.connect(port),
  (cause: unknown) => {
    document.querySelector(".not-started")?.removeAttribute("hidden");
    console.error(cause);
  },
);
