/**
 * The panel in a state of `#state`, as the core shows it of an invented account: for pictures, for tests and for reading the sentences
 * aloud in any language. Not shipped.
 */

import type { PanelView } from "costrict-credit";
import { type PanelPort, selectPanelWithPage } from "costrict-credit/panel";
import type { HostMessage, PageMessage, SavedChoices } from "costrict-credit/panel-session";
import { type Shown, STATES, viewOf } from "./states.js";

const CATALOGUES = import.meta.glob<string>("../../../pkg/locales/*.json", { query: "?raw", import: "default" });

class GalleryPort implements PanelPort {
  #listener: (message: HostMessage) => void = () => {};
  readonly #shown: Promise<Shown>;
  readonly #locale: string;
  #choices: SavedChoices;

  constructor(state: string, locale: string, tab: string | null) {
    this.#locale = locale;
    this.#choices = tab === null ? {} : { tab };
    this.#shown = this.#open(STATES[state] ?? STATES.ready);
  }

  async #open(state: (() => Promise<Shown>) | undefined): Promise<Shown> {
    const catalogue = await CATALOGUES[`../../../pkg/locales/${this.#locale}.json`]?.();
    if (state === undefined) throw new Error("the gallery has no such state");
    const shown = await state();
    if (catalogue !== undefined) shown.account.client.setCatalogue(this.#locale, catalogue);
    return shown;
  }

  listen(listener: (message: HostMessage) => void): () => void {
    this.#listener = listener;
    globalThis.galleryPost = listener;
    return () => {};
  }

  send(message: PageMessage): void {
    globalThis.galleryHeard.push(message);
    void this.#answer(message);
  }

  async #answer(message: PageMessage): Promise<void> {
    const shown = await this.#shown;
    if (message.type === "ready") {
      if (shown.before !== undefined) this.#post(shown.before);
      this.#post(viewOf(shown, this.#locale));
    }
    if (message.type === "act" && message.id === "records_page") {
      await shown.account.records(Number(message.value));
      this.#post(viewOf(shown, this.#locale));
    }
  }

  #post(view: PanelView): void {
    globalThis.galleryView = { type: "view", view };
    this.#listener(globalThis.galleryView);
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
const panel = document.querySelector("costrict-credit-panel");
if (panel !== null) {
  panel.port = new GalleryPort(wanted.get("state") ?? "ready", wanted.get("locale") ?? "en", wanted.get("tab"));
  selectPanelWithPage(panel);
}

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
