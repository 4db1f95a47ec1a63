/** The port in an editor's webview: the core is in the extension, which talks in plain data. */

import type { Port } from "../port.js";
import { type HostMessage, isHostMessage, type PageMessage, type SavedChoices } from "../protocol.js";
import { ReaderReport, SavedDraft } from "./page-state.js";

/** What VS Code gives to a webview; it can be asked for once. */
export interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: SavedChoices): void;
}

export class CoreInHost implements Port {
  readonly #editor: VsCodeApi;
  readonly #reader = new ReaderReport();
  readonly #saved: SavedDraft;

  constructor(editor: VsCodeApi) {
    this.#editor = editor;
    this.#saved = new SavedDraft((editor.getState() as SavedChoices | undefined) ?? {}, (choices) =>
      editor.setState(choices),
    );
  }

  listen(listener: (message: HostMessage) => void): void {
    window.addEventListener("message", (event: MessageEvent<unknown>) => {
      // The editor's own frame posts here too; its messages have other types.
      if (!isHostMessage(event.data)) return;
      this.#saved.hearing(event.data);
      listener(event.data);
    });
  }

  send(message: PageMessage): void {
    this.#saved.sending(message);
    for (const each of this.#reader.with(message)) this.#editor.postMessage(each);
  }

  choices(): SavedChoices {
    return this.#saved.choices;
  }

  saveChoices(choices: SavedChoices): void {
    this.#saved.save(choices);
  }
}
