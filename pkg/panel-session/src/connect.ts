/** Connects a page with a session, over any transport. */

import type { CreditClient, CreditPanel } from "costrict-credit";

import {
  type HostMessage,
  isTooLongPrompt,
  type PageMessage,
  PROMPT_MAX_LENGTH,
  PROTOCOL_VERSION,
  readPageMessage,
} from "./messages.js";
import type { PanelHost } from "./panel-host.js";
import { PanelSession } from "./panel-session.js";
import { PanelState } from "./panel-state.js";

/** The session's end of a transport, such as a webview's postMessage. */
export interface SessionPort {
  /** Delivers a message to the page, or keeps it until the page is loaded. */
  post(message: HostMessage): void;
  /** Calls the listener with everything that the page posts; it is validated here. Returns the way to stop. */
  listen(listener: (received: unknown) => void): () => void;
}

/** The client, or a way to get it, called for each session. What the page posts meanwhile waits. */
export type ClientSource = CreditClient | (() => Promise<CreditClient>);
type Ready = Extract<PageMessage, { type: "ready" }>;

export class PanelConnection {
  readonly #port: SessionPort;
  readonly #stopListening: () => void;
  readonly #state = new PanelState();
  #client: ClientSource;
  #host: PanelHost;
  #session: PanelSession | undefined;
  /** Outlives a session, so that a view that is hidden and shown again has what it had. */
  #panel: { client: CreditClient; panel: CreditPanel } | undefined;
  /** What the page reported last; undefined while no page is loaded. */
  #page: Ready | undefined;
  #isPromptRefused = false;
  #isActive = true;
  /** One after the other: a message needs the session that the one before it makes. */
  #queue: Promise<void> = Promise.resolve();

  constructor(client: ClientSource, port: SessionPort, host: PanelHost) {
    this.#client = client;
    this.#port = port;
    this.#host = host;
    this.#stopListening = port.listen((received) => this.#receive(received));
  }

  /** Posts the view of the stored account before the page is loaded, where the port keeps messages until then. */
  open(): void {
    this.#isActive = true;
    this.#enqueue((session) => session.open());
  }

  /** Goes on with another client or another host: the page stays, and so does what the user chose and typed in it. */
  reconnect(client: ClientSource, host: PanelHost): void {
    const page = this.#page;
    this.#stopSession();
    this.#client = client;
    this.#host = host;
    if (page !== undefined) this.#receive(page);
    else if (this.#isActive) this.open();
  }

  /** The page is hidden, and perhaps discarded. `open` goes on with what the user chose and typed. */
  suspend(): void {
    this.#stopSession();
    this.#isActive = false;
  }

  stop(): void {
    this.suspend();
    this.#stopListening();
    this.#panel?.panel.free();
    this.#panel = undefined;
  }

  #receive(received: unknown): void {
    if (isTooLongPrompt(received)) {
      this.#refusePrompt(received.type);
      return;
    }
    const message = readPageMessage(received);
    if (message === undefined) {
      this.#host.log?.("warn", "The panel sent something that no panel of this version sends.");
      return;
    }
    if (message.type === "ready" && message.version !== PROTOCOL_VERSION) {
      this.#port.post({ type: "incompatible", version: PROTOCOL_VERSION });
      return;
    }
    if (this.#recordPage(message)) this.#enqueue((session) => session.receive(message));
  }

  /** Keeps what another session would have to know of the page. False for a message from before its "ready". */
  #recordPage(message: PageMessage): boolean {
    if (message.type === "ready") {
      // A page reloaded without being hidden knows nothing of the previous session.
      if (this.#page !== undefined) this.#stopSession();
      this.#page = message;
      return true;
    }
    if (this.#page === undefined) return false;
    if (message.type === "activity") this.#page = { ...this.#page, activity: message.activity };
    else if (message.type === "reader") this.#page = { ...this.#page, reader: message.reader };
    else if (message.type === "draft") {
      this.#isPromptRefused = false;
      this.#keepDraft(message);
    }
    return true;
  }

  #post(message: HostMessage): void {
    if (message.type === "sent") this.#keepDraft({ type: "draft", text: "" });
    this.#port.post(message);
  }

  /** A session restarted for a changed setting keeps the prompt. */
  #keepDraft({ text, model = "" }: Extract<PageMessage, { type: "draft" }>): void {
    if (this.#page === undefined) return;
    const { draft: _older, ...choices } = this.#page.choices;
    this.#page = { ...this.#page, choices: text === "" ? choices : { ...choices, draft: { text, model } } };
  }

  #refusePrompt(of: "draft" | "send"): void {
    this.#post({ type: "refused", field: "text", of });
    // Once for a prompt, and not for each key in it.
    if (of === "send" || !this.#isPromptRefused) this.#host.promptTooLong?.(PROMPT_MAX_LENGTH);
    this.#isPromptRefused = true;
  }

  #enqueue(work: (session: PanelSession) => unknown): void {
    const next = async () => {
      const client = await this.#getClient();
      // Nothing is done for a page that was hidden meanwhile.
      if (!this.#isActive) return;
      this.#session ??= new PanelSession(
        client,
        this.#panelOf(client),
        this.#host,
        (message) => this.#post(message),
        this.#state,
      );
      await work(this.#session);
    };
    this.#queue = this.#queue
      .then(next)
      .catch((cause: unknown) => this.#host.log?.("error", "The panel has no client", cause));
  }

  #panelOf(client: CreditClient): CreditPanel {
    if (this.#panel?.client === client) return this.#panel.panel;
    this.#panel?.panel.free();
    const panel = client.openPanel();
    this.#panel = { client, panel };
    return panel;
  }

  #getClient(): CreditClient | Promise<CreditClient> {
    return typeof this.#client === "function" ? this.#client() : this.#client;
  }

  #stopSession(): void {
    this.#session?.stop();
    this.#session = undefined;
    this.#page = undefined;
  }
}

/**
 * Shows the account of a client in a page at the other end of a port.
 */
export function connectPanel(client: ClientSource, port: SessionPort, host: PanelHost): PanelConnection {
  return new PanelConnection(client, port, host);
}
