/** The two ends of a connection between a page and its session, over the transports that hosts have. */

import { type HostMessage, type PageMessage, readHostMessage } from "./messages.js";

/** Ends a subscription: a function, or an object as the APIs of editors return it. */
export type Subscription = (() => void) | { dispose(): unknown };

/** The session's end of a transport. */
export interface SessionPort {
  /**
   * Delivers a message to the page, or keeps it until the page is loaded. What it throws, or rejects with, is logged by the
   * session's host: a page that is gone needs no message.
   */
  post(message: HostMessage): unknown;
  /** Calls the listener with everything that the page posts; the session validates it. */
  listen(listener: (received: unknown) => void): Subscription;
}

/** The page's end of a transport. */
export interface PagePort {
  /** Delivers a message to the session. */
  send(message: PageMessage): void;
  /** Calls the listener with each message of the session, validated. Returns the way to stop. */
  listen(listener: (message: HostMessage) => void): () => void;
}

/** A webview of VS Code, or any object of the same shape. */
export interface WebviewLike {
  postMessage(message: HostMessage): unknown;
  onDidReceiveMessage(listener: (received: unknown) => void): Subscription;
}

/** The form in which the panel's messages travel beside messages of another program. */
export interface PanelEnvelope<Message = HostMessage | PageMessage> {
  type: "costrictCredit";
  message: Message;
}

/** A message channel that exists already and carries other messages too. */
export interface MessageChannelLike<Sent, Outer> {
  /** Makes a message of the channel from one of the panel. Written before `post`, it gives its parameter the type. */
  wrap(message: Sent): Outer;
  /** The panel's message in one of the channel; undefined for a message that is not the panel's. */
  unwrap(received: unknown): unknown;
  /** Sends a message of the channel to the other side. */
  post(message: Outer): unknown;
  /** Calls the listener with every message of the channel. */
  listen(listener: (received: unknown) => void): Subscription;
}

/** A channel whose panel messages travel in a {@link PanelEnvelope}. */
export type EnvelopeChannel<Sent> = Omit<MessageChannelLike<Sent, PanelEnvelope<Sent>>, "wrap" | "unwrap">;

/**
 * The session's end over a webview that shows nothing but the panel.
 *
 * @example
 * connectPanel(client, webviewPort(view.webview), host).open();
 */
export function webviewPort(webview: WebviewLike): SessionPort {
  return {
    post: (message) => webview.postMessage(message),
    listen: (listener) => webview.onDidReceiveMessage(listener),
  };
}

/**
 * The session's end inside a message channel that carries other messages too, such as the one between an extension and its
 * React page. Messages that are not the panel's are left alone. Without `wrap` and `unwrap` the panel's messages travel in a
 * {@link PanelEnvelope}. The page's end has to wrap them in the same way, see {@link pageChannelPort}.
 *
 * @example
 * const port = channelPort({
 *   post: (message) => provider.postMessageToWebview(message), // { type: "costrictCredit", message: … }
 *   listen: (listener) => webview.onDidReceiveMessage(listener),
 * });
 * connectPanel(client, port, host).open();
 */
export function channelPort<Outer>(channel: MessageChannelLike<HostMessage, Outer>): SessionPort;
export function channelPort(channel: EnvelopeChannel<HostMessage>): SessionPort;
export function channelPort(channel: AnyChannel<HostMessage>): SessionPort {
  return unwrapped(channel);
}

/**
 * The page's end of the same channel as {@link channelPort}.
 *
 * @example
 * const port = pageChannelPort({
 *   post: (message) => vscode.postMessage(message),
 *   listen: (listener) => {
 *     const received = (event: MessageEvent) => listener(event.data);
 *     window.addEventListener("message", received);
 *     return () => window.removeEventListener("message", received);
 *   },
 * });
 */
export function pageChannelPort<Outer>(channel: MessageChannelLike<PageMessage, Outer>): PagePort;
export function pageChannelPort(channel: EnvelopeChannel<PageMessage>): PagePort;
export function pageChannelPort(channel: AnyChannel<PageMessage>): PagePort {
  const { post, listen } = unwrapped(channel);
  return {
    // Returned as well: the element reports what it rejects with.
    send: (message) => post(message),
    listen: (listener) =>
      endOf(
        listen((received) => {
          const message = readHostMessage(received);
          if (message !== undefined) listener(message);
        }),
      ),
  };
}

/**
 * Both ends for a page and a session in one process, such as a page that runs the core itself. Messages are delivered
 * synchronously, or when the other side begins to listen.
 *
 * @example
 * const { page, session } = inProcessPort();
 * connectPanel(client, session, host);
 * page.listen((message) => draw(message));
 */
export function inProcessPort(): { page: PagePort; session: SessionPort } {
  const toPage = new Line<HostMessage>();
  const toSession = new Line<PageMessage>();
  return {
    page: { send: (message) => toSession.send(message), listen: (listener) => toPage.listen(listener) },
    session: { post: (message) => toPage.send(message), listen: (listener) => toSession.listen(listener) },
  };
}

/** Ends a subscription of either kind. */
export function endOf(subscription: Subscription): () => void {
  return typeof subscription === "function" ? subscription : () => void subscription.dispose();
}

type AnyChannel<Sent> = MessageChannelLike<Sent, unknown> | EnvelopeChannel<Sent>;

interface Unwrapped<Sent> {
  post(message: Sent): unknown;
  listen(listener: (received: unknown) => void): Subscription;
}

/** The panel's messages alone. A channel without `wrap` and `unwrap` gets those of the envelope. */
function unwrapped<Sent>(channel: AnyChannel<Sent>): Unwrapped<Sent> {
  if ("wrap" in channel && channel.wrap !== undefined) return joined(channel);
  return joined<Sent, PanelEnvelope<Sent>>({
    post: (message) => channel.post(message),
    listen: (listener) => channel.listen(listener),
    wrap: (message) => ({ type: "costrictCredit", message }),
    unwrap: takeFromEnvelope,
  });
}

function joined<Sent, Outer>(channel: MessageChannelLike<Sent, Outer>): Unwrapped<Sent> {
  return {
    post: (message) => channel.post(channel.wrap(message)),
    listen: (listener) =>
      channel.listen((received) => {
        const message = read(channel, received);
        if (message !== undefined) listener(message);
      }),
  };
}

/** What an `unwrap` cannot read is not the panel's. */
function read(channel: Pick<MessageChannelLike<never, unknown>, "unwrap">, received: unknown): unknown {
  try {
    return channel.unwrap(received) ?? undefined;
  } catch {
    return undefined;
  }
}

function takeFromEnvelope(received: unknown): unknown {
  const { type, message } = (received ?? {}) as Partial<PanelEnvelope>;
  return type === "costrictCredit" ? message : undefined;
}

/** One direction of a connection in one process. */
class Line<Message> {
  #listener: ((message: Message) => void) | undefined;
  /** Sent before the other side listened; undefined from then on. */
  #waiting: Message[] | undefined = [];

  send(message: Message): void {
    if (this.#listener === undefined) this.#waiting?.push(message);
    else this.#listener(message);
  }

  listen(listener: (message: Message) => void): () => void {
    this.#listener = listener;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const message of waiting) listener(message);
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }
}
