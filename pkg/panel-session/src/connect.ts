/** Connects a page with a session, over any transport. */

import type { CreditClient, CreditPanel } from "costrict-credit";

import { guardedHost } from "./guarded-host.js";
import {
  type HostMessage,
  isTooLongPrompt,
  otherVersion,
  type PageMessage,
  PROMPT_MAX_LENGTH,
  PROTOCOL_VERSION,
  readPageMessage,
} from "./messages.js";
import type { PanelHost } from "./panel-host.js";
import { PanelSession } from "./panel-session.js";
import { PanelState } from "./panel-state.js";
import { endOf, type SessionPort } from "./port.js";

/**
 * The client, or a way to get it, called for each session. What the page posts meanwhile waits. A rejection is logged by the host,
 * and the next message of the page calls it again.
 */
export type ClientSource = CreditClient | (() => Promise<CreditClient>);
type Ready = Extract<PageMessage, { type: "ready" }>;

/** A page and the account that it shows. Made by {@link connectPanel}. */
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
    this.#host = guardedHost(host);
    this.#stopListening = endOf(port.listen((received) => this.#receive(received)));
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
    this.#host = guardedHost(host);
    // What waits for the client before would wait for as long as that one takes.
    this.#queue = Promise.resolve();
    if (page !== undefined) this.#receive(page);
    else if (this.#isActive) this.open();
  }

  /** The task that the panel is about from now on; undefined for none. */
  setTask(id: string | undefined): void {
    if (this.#session === undefined) this.#state.taskId = id;
    else this.#session.setTask(id);
  }

  /** The page is hidden, and perhaps discarded. `open` goes on with what the user chose and typed. */
  suspend(): void {
    this.#stopSession();
    this.#isActive = false;
  }

  /** Ends the connection, and frees its panel. The client stays: its owner frees it. */
  stop(): void {
    this.suspend();
    try {
      this.#stopListening();
    } finally {
      this.#panel?.panel.free();
      this.#panel = undefined;
    }
  }

  #receive(received: unknown): void {
    if (isTooLongPrompt(received)) {
      this.#refusePrompt(received.type);
      return;
    }
    const version = otherVersion(received);
    if (version !== undefined) {
      this.#refuseVersion(version);
      return;
    }
    const message = readPageMessage(received);
    if (message === undefined) {
      this.#host.log?.("warn", "The panel sent something that no panel of this version sends.");
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

  /** The page says that it has to be reloaded; without a log, the embedder would see a panel that stays empty. */
  #refuseVersion(version: number): void {
    this.#stopSession();
    const versions = `the page has version ${version}, the session ${PROTOCOL_VERSION}`;
    this.#host.log?.(
      "error",
      `Page and session of the panel are of different releases of costrict-credit: ${versions}.`,
    );
    this.#post({ type: "incompatible", version: PROTOCOL_VERSION });
  }

  #post(message: HostMessage): void {
    if (message.type === "sent") this.#keepDraft({ type: "draft", text: "" });
    const fail = (cause: unknown) => this.#host.log?.("warn", "The panel's page does not receive messages", cause);
    try {
      // A webview that was closed throws or rejects; what it would have shown is gone with it.
      Promise.resolve(this.#port.post(message)).catch(fail);
    } catch (cause) {
      fail(cause);
    }
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
      const source = this.#client;
      const client = await this.#getClient();
      // Nothing is done for a page that was hidden meanwhile, nor for a client that another one has replaced.
      if (!this.#isActive || source !== this.#client) return;
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
 * Shows the account of a client in a page at the other end of a port. The page is the element of `costrict-credit/panel`, or any other
 * that posts a {@link PageMessage} and draws the views that it gets. A message that is none is logged and dropped, so a page
 * that was taken over can do no more than a user of the panel.
 *
 * Nothing is thrown: failures of the network and the server are in the views, those of the host in its `log`.
 *
 * @param client whose account is shown; it stays its owner's to free
 * @param port such as {@link webviewPort}, {@link channelPort} or {@link inProcessPort}
 * @param host what the panel needs from its environment
 *
 * @example
 * const connection = connectPanel(client, webviewPort(view.webview), {
 *   locale: () => env.language,
 *   openLink: async (address) => void (await env.openExternal(Uri.parse(address))),
 *   copy: async (text) => env.clipboard.writeText(text),
 *   signIn: async () => void (await commands.executeCommand("my.signIn")),
 *   saveFile: async (name, type, text) => save(name, text),
 * });
 * connection.open();
 * view.onDidChangeVisibility(() => (view.visible ? connection.open() : connection.suspend()));
 * view.onDidDispose(() => connection.stop());
 */
export function connectPanel(client: ClientSource, port: SessionPort, host: PanelHost): PanelConnection {
  return new PanelConnection(client, port, host);
}
