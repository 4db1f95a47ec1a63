/** Where the page begins: which carrier there is, and the panel on it. */

import { CreditPanel } from "./elements/panel.js";
import type { Port } from "./port.js";
import { type VsCodeApi, WebviewPort } from "./transport/webview-port.js";

declare const acquireVsCodeApi: (() => VsCodeApi) | undefined;

async function port(): Promise<Port> {
  if (typeof acquireVsCodeApi === "function") return new WebviewPort(acquireVsCodeApi());
  const { InPagePort } = await import("./transport/in-page-port.js");
  return InPagePort.start();
}

customElements.define("credit-panel", CreditPanel);

port().then(
  (port) => document.querySelector<CreditPanel>("credit-panel")?.connect(port),
  (cause: unknown) => {
    document.querySelector(".not-started")?.removeAttribute("hidden");
    console.error(cause);
  },
);
