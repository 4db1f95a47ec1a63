/** The side that has the token, such as an extension host. It never gives the token to the page. */
import { CreditClient, load } from "costrict-credit";
import { channelPort, connectPanel } from "costrict-credit/panel-session";

import type { ToHost, ToPage } from "./messages.js";

/** The channel that the program has already, as a webview of VS Code has it. */
export interface Webview {
  postMessage(message: ToPage): unknown;
  onDidReceiveMessage(listener: (message: ToHost) => void): { dispose(): void };
}

export interface Account {
  baseUrl: string;
  token(): Promise<string | undefined>;
  signIn(): Promise<void>;
  openLink(address: string): Promise<void>;
  copy(text: string): Promise<void>;
  saveFile(name: string, type: string, text: string): Promise<boolean>;
  /** BCP 47. */
  locale: string;
  log(level: "warn" | "error", message: string): void;
}

/** Shows the credits of an account in a page. Returns the way to stop. */
export async function showCredits(webview: Webview, account: Account): Promise<() => void> {
  await load();
  // An extension keeps this in its storage, which all windows share.
  const stored = new Map<string, string>();
  const client = new CreditClient(
    {
      token: account.token,
      read: async (key) => stored.get(key),
      write: async (key, value) => void (value === undefined ? stored.delete(key) : stored.set(key, value)),
    },
    { baseUrl: account.baseUrl },
  );
  const port = channelPort({
    post: (message) => webview.postMessage(message),
    listen: (listener) => webview.onDidReceiveMessage(listener),
  });
  const connection = connectPanel(client, port, { ...account, locale: () => account.locale });
  const own = webview.onDidReceiveMessage((message) => {
    if (message.type === "startTask") webview.postMessage({ type: "taskStarted", title: message.title });
  });
  return () => {
    own.dispose();
    connection.stop();
    client.free();
  };
}
