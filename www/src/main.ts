/** Where the page begins: in an editor's webview the panel speaks with the extension, in a browser it gets a client of its own. */

import { pageWebviewPort, type VsCodeApi } from "costrict-credit/panel";

import { selectPanelWithPage } from "./select-all.js";

declare const acquireVsCodeApi: (() => VsCodeApi) | undefined;

const panel = document.querySelector("costrict-credit-panel");

panel?.addEventListener("costrict-credit-title", ({ detail }) => {
  document.title = detail.title;
  document.documentElement.lang = detail.locale;
  document.documentElement.dir = detail.direction;
});

panel?.addEventListener("costrict-credit-error", (event) => {
  if (showNotStarted()) event.preventDefault();
});

/** False in a page that has no sentence for it. */
function showNotStarted(): boolean {
  const sentence = document.querySelector<HTMLElement>(".not-started");
  if (sentence !== null) sentence.hidden = false;
  return sentence !== null;
}

async function start(): Promise<void> {
  if (panel === null) return;
  selectPanelWithPage(panel);
  if (typeof acquireVsCodeApi === "function") {
    panel.port = pageWebviewPort(acquireVsCodeApi());
    return;
  }
  const { startInPage } = await import("./browser/start.js");
  await startInPage(panel);
}

start().catch((cause: unknown) => {
  showNotStarted();
  console.error(cause);
});
