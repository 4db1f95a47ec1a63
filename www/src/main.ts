/** Where the page begins: the panel gets a client of the page's own. */

import { selectPanelWithPage } from "costrict-credit/panel";
import { startInPage } from "./browser/start.js";

const panel = document.querySelector("costrict-credit-panel");

panel?.addEventListener("costrict-credit-title", ({ detail }) => {
  document.title = detail.title;
  document.documentElement.lang = detail.locale;
  document.documentElement.dir = detail.direction;
});

panel?.addEventListener("costrict-credit-error", (event) => {
  event.preventDefault();
  showNotStarted();
});

function showNotStarted(): void {
  document.querySelector(".not-started")?.removeAttribute("hidden");
}

async function start(): Promise<void> {
  if (panel === null) return;
  selectPanelWithPage(panel);
  await startInPage(panel);
}

start().catch((cause: unknown) => {
  showNotStarted();
  console.error(cause);
});
