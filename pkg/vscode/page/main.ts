/** The page of the panel in a webview: the core runs in the extension, behind postMessage. */

import { pageWebviewPort, selectPanelWithPage, type VsCodeApi } from "costrict-credit/panel";

declare const acquireVsCodeApi: () => VsCodeApi;

const panel = document.querySelector("costrict-credit-panel");

if (panel !== null) {
  panel.addEventListener("costrict-credit-title", ({ detail }) => {
    document.documentElement.lang = detail.locale;
    document.documentElement.dir = detail.direction;
  });
  selectPanelWithPage(panel);
  panel.port = pageWebviewPort(acquireVsCodeApi());
}
