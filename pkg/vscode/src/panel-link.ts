/** The link between the credits of this window and one page with the panel, wherever that page is. */

import type { CreditClient } from "costrict-credit";
import { connectPanel, type PanelConnection, type SessionPort } from "costrict-credit/panel-session";
import type { Disposable } from "vscode";

import type { Credits } from "./credits.js";
import { EditorPanelHost, type SendPrompt } from "./panel-host.js";

export interface PanelLinkOptions {
  /** Sends what the user wrote in the panel. Without it the panel estimates and has no Send button. */
  onSend?: SendPrompt | undefined;
  /** The client that the panel shows; the one of the credits by default. */
  client?: () => Promise<CreditClient>;
}

/**
 * Shows the credits in a page of the extension: `port` carries messages to and from it, by `webview.postMessage` or any other
 * transport. A changed setting reaches the page by itself, and so does another client.
 */
export class PanelLink implements Disposable {
  readonly #credits: Credits;
  readonly #options: PanelLinkOptions;
  readonly #connection: PanelConnection;
  readonly #disposables: Disposable[];
  #host: EditorPanelHost;

  constructor(credits: Credits, port: SessionPort, options: PanelLinkOptions = {}) {
    this.#credits = credits;
    this.#options = options;
    this.#host = new EditorPanelHost(credits, options.onSend);
    this.#connection = connectPanel(this.#client, port, this.#host);
    this.#disposables = [
      credits.onDidReplace(() => this.#reconnect()),
      credits.onDidRestyle(() => this.#restyle()),
      { dispose: () => this.#connection.stop() },
    ];
    this.#connection.open();
  }

  /** A hidden page gets no views. */
  setVisible(isVisible: boolean): void {
    if (isVisible) this.#connection.open();
    else this.#connection.suspend();
  }

  /** The task that the page is about, for the section `task` and for prompts that the panel sends; undefined for none. */
  setTask(id: string | undefined): void {
    this.#connection.setTask(id);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  readonly #client = (): Promise<CreditClient> => this.#options.client?.() ?? this.#credits.client();

  #reconnect(): void {
    this.#host = new EditorPanelHost(this.#credits, this.#options.onSend);
    this.#connection.reconnect(this.#client, this.#host);
  }

  #restyle(): void {
    const { masked, locale, model } = this.#credits.settings;
    const { shown } = this.#host;
    if (shown.masked !== masked || shown.locale !== locale || shown.model !== model) this.#reconnect();
  }
}
