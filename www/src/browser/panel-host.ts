/** The `PanelHost` of a browser page. */

import type { PanelHost, Preference } from "costrict-credit/panel-session";

import { afterNextPaint } from "../components/after-next-paint.js";
import type { BrowserSession } from "./session.js";
import { signInByBrowser } from "./sign-in.js";

const PREFIX = "costrict-credit.panel.";
/** URLs of the catalogues; each is fetched when its language is needed. */
const CATALOGUES = import.meta.glob<string>("../../../pkg/locales/*.json", {
  query: "?url",
  import: "default",
  eager: true,
});

export class BrowserPanelHost implements PanelHost {
  readonly #session: BrowserSession;
  /** The sign-in that is under way; another click starts a new one. */
  #signingIn = new AbortController();

  constructor(session: BrowserSession) {
    this.#session = session;
  }

  locale(): string {
    return this.#session.locale ?? navigator.language;
  }

  afterNextPaint(): Promise<void> {
    return afterNextPaint();
  }

  preference(name: Preference): string | undefined {
    try {
      return localStorage.getItem(PREFIX + name) ?? undefined;
    } catch {
      return undefined;
    }
  }

  savePreference(name: Preference, value: string): boolean {
    try {
      localStorage.setItem(PREFIX + name, value);
      return true;
    } catch {
      return false;
    }
  }

  async loadCatalogue(name: string): Promise<string | undefined> {
    const address = CATALOGUES[`../../../pkg/locales/${name}.json`];
    if (address === undefined) return undefined;
    const reply = await fetch(address);
    return reply.ok ? reply.text() : undefined;
  }

  async saveFile(name: string, type: string, text: string): Promise<boolean> {
    const address = URL.createObjectURL(new Blob([text], { type }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    // The click has taken the file by the next task.
    setTimeout(() => URL.revokeObjectURL(address));
    return true;
  }

  async copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text);
  }

  async openLink(address: string): Promise<void> {
    // With "noopener" the result is always null, so a blocked window cannot be detected.
    window.open(address, "_blank", "noopener,noreferrer");
  }

  /** A new sign-in at the server. It is kept as long as the page is open: a page has no safe place for a token. */
  async signIn(): Promise<void> {
    this.#signingIn.abort();
    this.#signingIn = new AbortController();
    this.#session.token = await signInByBrowser(this.#session.baseUrl, this.#signingIn.signal);
  }

  watchStorage(wake: () => void): () => void {
    // Another tab wrote a reading.
    const heard = (event: StorageEvent) => {
      if (event.key === null || event.key.startsWith("costrict-credit.")) wake();
    };
    addEventListener("storage", heard);
    return () => removeEventListener("storage", heard);
  }
}
