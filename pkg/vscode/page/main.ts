/** The page of the panel in a webview: the core runs in the extension, behind postMessage. */

import { pageWebviewPort, type VsCodeApi } from "costrict-credit/panel";

declare const acquireVsCodeApi: () => VsCodeApi;

const panel = document.querySelector("costrict-credit-panel");

if (panel !== null) {
  panel.addEventListener("costrict-credit-title", ({ detail }) => {
    document.documentElement.lang = detail.locale;
    document.documentElement.dir = detail.direction;
  });
  // A browser finds nothing to select around a shadow root, so "select all" would select and copy nothing: it selects the panel.
  // It is the one way to begin a selection at the page itself.
  document.addEventListener("selectstart", (event) => {
    if (event.target !== document.body || panel.shadowRoot === null) return;
    event.preventDefault();
    getSelection()?.selectAllChildren(panel.shadowRoot);
  });
  panel.port = pageWebviewPort(acquireVsCodeApi());
}
