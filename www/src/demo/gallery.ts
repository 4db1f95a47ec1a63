/** The panel in a state of `#state`, without a core: for looking at it. Not shipped. */

import type { HostMessage, PageMessage, SavedChoices } from "costrict-credit-panel-session";
import { CreditPanel } from "../elements/panel.js";
import type { Port } from "../port.js";
import { records } from "./history.js";
import { STATES } from "./states.js";

class Exhibit implements Port {
  #listener: (message: HostMessage) => void = () => {};
  #choices: SavedChoices;

  constructor(
    readonly state: string,
    tab: string | null,
  ) {
    this.#choices = tab === null ? {} : { tab };
  }

  listen(listener: (message: HostMessage) => void): void {
    this.#listener = listener;
    globalThis.galleryPost = listener;
  }

  send(message: PageMessage): void {
    globalThis.galleryHeard.push(message);
    const view = (STATES[this.state] ?? STATES.ready)?.();
    if (view === undefined) return;
    if (message.type === "ready") {
      // A change is a change of something that was shown before.
      const before = this.state === "change" ? STATES.ready?.() : undefined;
      if (before !== undefined) this.#listener({ type: "view", view: before });
      globalThis.galleryView = { type: "view", view };
      this.#listener(globalThis.galleryView);
    }
    if (message.type === "act" && message.id === "records_page") {
      const page = records(10_000, Number(message.value));
      this.#listener({
        type: "view",
        view: { ...view, sections: view.sections.map((s) => (s.kind === "records" ? page : s)) },
      });
    }
  }

  choices(): SavedChoices {
    return this.#choices;
  }

  saveChoices(choices: SavedChoices): void {
    this.#choices = choices;
  }
}

globalThis.galleryHeard = [];
globalThis.galleryPost = () => {};
const wanted = new URLSearchParams(location.hash.slice(1));
const theme = wanted.get("theme");
if (theme !== null) document.documentElement.dataset.theme = theme;
customElements.define("credit-panel", CreditPanel);
document
  .querySelector<CreditPanel>("credit-panel")
  ?.connect(new Exhibit(wanted.get("state") ?? "ready", wanted.get("tab")));

declare global {
  /** For the tests: no state is forgotten. */
  var galleryStates: string[];
  /** For the tests: what the page reported. */
  var galleryHeard: PageMessage[];
  /** For tests: the message with the state's view. */
  var galleryView: HostMessage;
  /** For tests: posts a message of the session's side. */
  var galleryPost: (message: HostMessage) => void;
}
globalThis.galleryStates = Object.keys(STATES);
