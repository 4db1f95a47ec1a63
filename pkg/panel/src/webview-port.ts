/** The page's end in an editor's webview that shows nothing but the panel: the core runs in the extension, behind postMessage. */

import { type PageMessage, readHostMessage, type SavedChoices } from "costrict-credit/panel-session";
import type { PanelPort } from "./port.js";

/** The API object of a webview; `acquireVsCodeApi` may be called only once. */
export interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: SavedChoices): void;
}

/**
 * Choices are kept in the webview's state, which survives that the editor discards a hidden page.
 *
 * @example
 * panel.port = pageWebviewPort(acquireVsCodeApi());
 */
export function pageWebviewPort(editor: VsCodeApi): PanelPort {
  return {
    listen(listener) {
      const received = (event: MessageEvent<unknown>) => {
        // The editor's own frame posts to this window too, with other types.
        const message = readHostMessage(event.data);
        if (message !== undefined) listener(message);
      };
      addEventListener("message", received);
      return () => removeEventListener("message", received);
    },
    send: (message) => editor.postMessage(message),
    choices: () => (editor.getState() as SavedChoices | undefined) ?? {},
    saveChoices: (choices) => editor.setState(choices),
  };
}
