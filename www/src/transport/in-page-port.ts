/** The port in a browser: the core runs in the page itself. Loaded on demand, so that a webview never fetches it. */

import { CreditClient, load } from "costrict-credit";

import { BrowserHost } from "../browser/host.js";
import { BrowserPanelHost } from "../browser/panel-host.js";
import { loadSession } from "../browser/session.js";
import type { Port } from "../port.js";
import type { HostMessage, PageMessage, SavedChoices } from "../protocol.js";
import { PanelSession } from "../session/panel-session.js";
import { ReaderReporter, SavedDraft } from "./page-state.js";

const CHOICES = "costrict-credit.panel.choices";

export class InPagePort implements Port {
  readonly #session: PanelSession;
  readonly #reader = new ReaderReporter();
  readonly #saved = new SavedDraft(readChoices(), storeChoices);
  #listener: (message: HostMessage) => void = () => {};

  constructor(start: (tell: (message: HostMessage) => void) => PanelSession) {
    this.#session = start((message) => {
      this.#saved.recordIncoming(message);
      this.#listener(message);
    });
  }

  /** Loads the core and who is signed in, both at the same time. */
  static async start(): Promise<InPagePort> {
    const [session] = await Promise.all([loadSession(), load()]);
    const client = new CreditClient(new BrowserHost(session), { baseUrl: session.baseUrl });
    return new InPagePort((tell) => new PanelSession(client, new BrowserPanelHost(session), tell));
  }

  listen(listener: (message: HostMessage) => void): void {
    this.#listener = listener;
  }

  send(message: PageMessage): void {
    this.#saved.recordOutgoing(message);
    for (const each of this.#reader.attachReader(message)) this.#session.receive(each);
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
