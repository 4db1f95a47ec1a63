/**
 * The account panel as an element: importing this module defines `<costrict-credit-panel>`. Give it a client, and it shows the
 * account. Everything is in its shadow root; it changes nothing else of the page.
 *
 * Where there is no browser, such as on a server that renders a page, the import does nothing.
 *
 * @example
 * import "costrict-credit/panel";
 * const panel = document.querySelector("costrict-credit-panel");
 * panel.client = new CreditClient(browserHost({ token }), { baseUrl });
 *
 * @module costrict-credit/panel
 */

import { definePanel } from "./elements/define.js";

export { type BrowserHostOptions, browserHost } from "./browser-host.js";
export type * from "./events.js";
export type { CreditPanelElement, PanelDensity, PanelSection } from "./panel-element.js";
export { PanelError, type PanelErrorCode } from "./panel-error.js";
export type { PanelPort } from "./port.js";
export { selectPanelWithPage } from "./select-with-page.js";
export { signInByBrowser } from "./sign-in.js";
export { pageWebviewPort, type VsCodeApi } from "./webview-port.js";

definePanel();
