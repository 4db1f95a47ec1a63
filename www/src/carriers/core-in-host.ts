/** The port in an editor's webview: the core is in the extension, which talks in plain data. */

import type { Port } from "../port.js";
import { type HostMessage, type PageMessage, type SavedChoices, isHostMessage } from "../protocol.js";

/** What VS Code gives to a webview; it can be asked for once. */
export interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: SavedChoices): void;
}

export class CoreInHost implements Port {
  readonly #editor: VsCodeApi;

  constructor(editor: VsCodeApi) {
    this.#editor = editor;
  }

  listen(listener: (message: HostMessage) => void): void {
    window.addEventListener("message", (event: MessageEvent<unknown>) => {
      // The editor's own frame posts here too; its messages have other types.
      if (isHostMessage(event.data)) listener(event.data);
    });
  }

  send(message: PageMessage): void {
    this.#editor.postMessage(message);
  }

  choices(): SavedChoices {
    return (this.#editor.getState() as SavedChoices | undefined) ?? {};
  }

  saveChoices(choices: SavedChoices): void {
    this.#editor.setState(choices);
  }
}
