/** What the page adds to any transport: zone and language of the reader, the window's activity, saved choices and the draft. */

import {
  type HostMessage,
  type PageMessage,
  PROTOCOL_VERSION,
  type Reader,
  readChoices,
  type SavedChoices,
} from "costrict-credit/panel-session";

import type { PanelPort } from "../port.js";
import type { ChoiceStore } from "./choices.js";

/** Texts up to this length are stored with each key. */
const SMALL_LENGTH_MAX = 20_000;
const LARGE_DELAY_MS = 300;

/** Both can change while the page is open. */
function currentReader(): Reader {
  return { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: navigator.language };
}

const currentActivity = () => ({
  visible: document.visibilityState === "visible",
  focused: document.hasFocus(),
  online: navigator.onLine,
});

/** Adds the reader's zone and language to the first message, and again after a change. */
class ReaderReporter {
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
class SavedDraft {
  readonly #store: ChoiceStore;
  #choices: SavedChoices;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: ChoiceStore) {
    this.#choices = readChoices(store.load());
    this.#store = store;
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

  flush(): void {
    if (this.#timer !== undefined) this.#persist();
  }

  #persist(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#store.save(this.#choices);
  }
}

export class PageEnd {
  readonly #port: PanelPort;
  readonly #reader = new ReaderReporter();
  readonly #saved: SavedDraft;
  readonly #open = new AbortController();
  #stopListening: () => void = () => {};

  readonly #failed: (cause: unknown) => void;
  readonly #taskId: string | null;

  /**
   * @param store where the choices are kept unless the port has a place for them
   * @param failed called with what the port throws or rejects with
   * @param taskId the task that the page is about; null where the host knows it
   */
  constructor(port: PanelPort, store: ChoiceStore, failed: (cause: unknown) => void, taskId: string | null) {
    this.#port = port;
    this.#taskId = taskId;
    this.#failed = failed;
    this.#saved = new SavedDraft({
      load: () => {
        try {
          return port.choices?.() ?? store.load();
        } catch (cause) {
          failed(cause);
          return {};
        }
      },
      save: (choices) => (port.saveChoices === undefined ? store.save(choices) : port.saveChoices(choices)),
    });
  }

  /** Starts delivery, and reports that the page is ready. Called once, before the first `send`. */
  listen(listener: (message: HostMessage) => void): void {
    try {
      const stop: unknown = this.#port.listen((message) => {
        this.#saved.recordIncoming(message);
        listener(message);
      });
      if (typeof stop === "function") this.#stopListening = () => stop();
    } catch (cause) {
      this.#failed(cause);
      return;
    }
    this.#watchWindow();
    const task = this.#taskId === null ? {} : { taskId: this.#taskId };
    const choices = this.choices();
    this.send({ type: "ready", version: PROTOCOL_VERSION, choices, activity: currentActivity(), ...task });
  }

  #watchWindow(): void {
    const { signal } = this.#open;
    const moved = () => this.send({ type: "activity", activity: currentActivity() });
    const flush = () => this.#saved.flush();
    for (const event of ["focus", "blur", "online", "offline"]) addEventListener(event, moved, { signal });
    for (const event of ["pagehide", "blur"]) addEventListener(event, flush, { signal });
    for (const react of [moved, flush]) document.addEventListener("visibilitychange", react, { signal });
  }

  send(message: PageMessage): void {
    if (this.#open.signal.aborted) return;
    this.#saved.recordOutgoing(message);
    for (const each of this.#reader.attachReader(message)) this.#deliver(each);
  }

  #deliver(message: PageMessage): void {
    try {
      // A way to post that returns a promise may reject.
      Promise.resolve(this.#port.send(message) as unknown).catch(this.#failed);
    } catch (cause) {
      this.#failed(cause);
    }
  }

  /** The page's saved choices; they survive a reload. */
  choices(): SavedChoices {
    return this.#saved.choices;
  }

  saveChoices(choices: SavedChoices): void {
    this.#saved.save(choices);
  }

  close(): void {
    this.#saved.flush();
    this.#open.abort();
    this.#stopListening();
  }
}
