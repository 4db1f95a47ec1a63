/** What each carrier adds to the page's own messages: where the reader is, and the prompt that survives the page. */

import type { HostMessage, PageMessage, Reader, SavedChoices } from "../protocol.js";

/** Texts up to this length are stored with each key. */
const SMALL_LENGTH_MAX = 20_000;
const LARGE_DELAY_MS = 300;

/** The zone and language of now: both can change while the page is open. */
function currentReader(): Reader {
  return { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: navigator.language };
}

/** Says where the reader is with the page's first message, and again before the next one after it has changed. */
export class ReaderReport {
  #sent = "";

  /** What is to be sent in place of a message. */
  with(message: PageMessage): PageMessage[] {
    const reader = currentReader();
    const text = JSON.stringify(reader);
    const isNew = text !== this.#sent;
    this.#sent = text;
    if (message.type === "ready") return [{ ...message, reader }];
    return isNew ? [{ type: "reader", reader }, message] : [message];
  }
}

/** The prompt that is being written, stored beside the page's choices until it was sent. */
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

  /** The page's other choices; it does not know of the draft. */
  save({ draft: _older, ...choices }: SavedChoices): void {
    const { draft } = this.#choices;
    this.#choices = { ...choices, ...(draft === undefined ? {} : { draft }) };
    this.#now();
  }

  sending(message: PageMessage): void {
    if (message.type !== "draft") return;
    this.#set(message.text, message.model ?? "");
  }

  hearing(message: HostMessage): void {
    if (message.type === "sent") this.#set("", "");
    else if (message.type === "returned" && this.#choices.draft === undefined) this.#set(message.text, "");
  }

  #set(text: string, model: string): void {
    const { draft: _older, ...choices } = this.#choices;
    this.#choices = text === "" ? choices : { ...choices, draft: { text, model } };
    if (text.length <= SMALL_LENGTH_MAX) {
      this.#now();
      return;
    }
    // A long text is copied to store it: not with each key.
    this.#timer ??= setTimeout(() => this.#now(), LARGE_DELAY_MS);
  }

  #flush(): void {
    if (this.#timer !== undefined) this.#now();
  }

  #now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#store(this.#choices);
  }
}
