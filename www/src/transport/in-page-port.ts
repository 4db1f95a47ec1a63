/** The port in a browser: the core runs in the page itself. Loaded on demand, so that a webview never fetches it. */

import { CreditClient, load } from "costrict-credit";
import {
  connectPanel,
  type HostMessage,
  type PageMessage,
  type SavedChoices,
  type SessionPort,
} from "costrict-credit/panel-session";

import { BrowserHost } from "../browser/host.js";
import { BrowserPanelHost } from "../browser/panel-host.js";
import { loadSession } from "../browser/session.js";
import type { Port } from "../port.js";
import { ReaderReporter, SavedDraft } from "./page-state.js";

const CHOICES = "costrict-credit.panel.choices";

export class InPagePort implements Port {
  readonly #reader = new ReaderReporter();
  readonly #saved = new SavedDraft(readChoices(), storeChoices);
  /** Delivers to the page. */
  #toPage: (message: HostMessage) => void = () => {};
  /** Delivers to the session. */
  #toSession: (message: PageMessage) => void = () => {};

  /** Loads the core and who is signed in, both at the same time. */
  static async start(): Promise<InPagePort> {
    const [session] = await Promise.all([loadSession(), load()]);
    const client = new CreditClient(new BrowserHost(session), { baseUrl: session.baseUrl });
    const port = new InPagePort();
    connectPanel(client, port.#sessionPort, new BrowserPanelHost(session));
    return port;
  }

  get #sessionPort(): SessionPort {
    return {
      post: (message) => {
        this.#saved.recordIncoming(message);
        this.#toPage(message);
      },
      listen: (listener) => {
        this.#toSession = listener;
        return () => {
          this.#toSession = () => {};
        };
      },
    };
  }

  listen(listener: (message: HostMessage) => void): void {
    this.#toPage = listener;
  }

  send(message: PageMessage): void {
    this.#saved.recordOutgoing(message);
    for (const each of this.#reader.attachReader(message)) this.#toSession(each);
  }

  choices(): SavedChoices {
    return this.#saved.choices;
  }

  saveChoices(choices: SavedChoices): void {
    this.#saved.save(choices);
  }
}

function readChoices(): SavedChoices {
  try {
    return JSON.parse(sessionStorage.getItem(CHOICES) ?? "{}") as SavedChoices;
  } catch {
    return {};
  }
}

function storeChoices(choices: SavedChoices): void {
  try {
    sessionStorage.setItem(CHOICES, JSON.stringify(choices));
  } catch {
    // A browser without storage forgets the tab; nothing else is lost.
  }
}
