/** The port in an editor's webview: the core runs in the extension, behind postMessage. */

import { type HostMessage, type PageMessage, readHostMessage, type SavedChoices } from "costrict-credit/panel-session";
import type { Port } from "../port.js";
import { ReaderReporter, SavedDraft } from "./page-state.js";

/** The API object of a webview; `acquireVsCodeApi` may be called only once. */
export interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: SavedChoices): void;
}

export class WebviewPort implements Port {
  readonly #editor: VsCodeApi;
  readonly #reader = new ReaderReporter();
  readonly #saved: SavedDraft;

  constructor(editor: VsCodeApi) {
    this.#editor = editor;
    this.#saved = new SavedDraft((editor.getState() as SavedChoices | undefined) ?? {}, (choices) =>
      editor.setState(choices),
    );
  }

  listen(listener: (message: HostMessage) => void): void {
    window.addEventListener("message", (event: MessageEvent<unknown>) => {
      // The editor's own frame posts to this window too, with other types.
      const message = readHostMessage(event.data);
      if (message === undefined) return;
      this.#saved.recordIncoming(message);
      listener(message);
    });
  }

  send(message: PageMessage): void {
    this.#saved.recordOutgoing(message);
    for (const each of this.#reader.attachReader(message)) this.#editor.postMessage(each);
  }

  choices(): SavedChoices {
    return this.#saved.choices;
  }

  saveChoices(choices: SavedChoices): void {
    this.#saved.save(choices);
  }
}
