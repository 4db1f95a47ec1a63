/** What each transport adds to the page's messages: zone and language of the reader, and the saved draft. */

import type { HostMessage, PageMessage, Reader, SavedChoices } from "costrict-credit/panel-session";

/** Texts up to this length are stored with each key. */
const SMALL_LENGTH_MAX = 20_000;
const LARGE_DELAY_MS = 300;

/** Both can change while the page is open. */
function currentReader(): Reader {
  return { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: navigator.language };
}

/** Adds the reader's zone and language to the first message, and again after a change. */
export class ReaderReporter {
  #sent = "";

  /** The messages to send for one message. */
  attachReader(message: PageMessage): PageMessage[] {
    const reader = currentReader();
    const text = JSON.stringify(reader);
    const isNew = text !== this.#sent;
    this.#sent = text;
    if (message.type === "ready") return [{ ...message, reader }];
    return isNew ? [{ type: "reader", reader }, message] : [message];
  }
}

/** The unsent prompt, stored beside the page's choices. */
export class SavedDraft {
  readonly #store: (choices: SavedChoices) => void;
  #choices: SavedChoices;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(choices: SavedChoices, store: (choices: SavedChoices) => void) {
    this.#choices = choices;
    this.#store = store;
    for (const event of ["pagehide", "blur"]) addEventListener(event, () => this.#flush());
    document.addEventListener("visibilitychange", () => this.#flush());
  }

  get choices(): SavedChoices {
    return this.#choices;
  }

  /** Saves the page's choices and keeps the draft, which the page does not know. */
  save({ draft: _older, ...choices }: SavedChoices): void {
    const { draft } = this.#choices;
    this.#choices = { ...choices, ...(draft === undefined ? {} : { draft }) };
    this.#persist();
  }

  recordOutgoing(message: PageMessage): void {
    if (message.type !== "draft") return;
    this.#setDraft(message.text, message.model ?? "");
  }

  recordIncoming(message: HostMessage): void {
    if (message.type === "sent") this.#setDraft("", "");
    else if (message.type === "returned" && this.#choices.draft === undefined) this.#setDraft(message.text, "");
  }

  #setDraft(text: string, model: string): void {
    const { draft: _older, ...choices } = this.#choices;
    this.#choices = text === "" ? choices : { ...choices, draft: { text, model } };
    if (text.length <= SMALL_LENGTH_MAX) {
      this.#persist();
      return;
    }
    // Storing copies the text: not on each key for a long one.
    this.#timer ??= setTimeout(() => this.#persist(), LARGE_DELAY_MS);
  }

  #flush(): void {
    if (this.#timer !== undefined) this.#persist();
  }

  #persist(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#store(this.#choices);
  }
}
