/** The account panel in a webview: as a view of the side bar, and as an editor tab. */

import type { CreditClient } from "costrict-credit";
import { webviewPort } from "costrict-credit/panel-session";
import {
  type Disposable,
  type Uri,
  ViewColumn,
  type Webview,
  type WebviewPanel,
  type WebviewView,
  window,
} from "vscode";

import type { Credits } from "./credits.js";
import type { SendPrompt } from "./panel-host.js";
import { PanelLink } from "./panel-link.js";
import { failurePage, panelPage } from "./panel-page.js";
import { messageOf } from "./strings.js";

export interface PanelViewsOptions {
  /** Sends what the user wrote in the panel. Without it the panel estimates and has no Send button. */
  onSend?: SendPrompt | undefined;
  /** Of the editor tab. */
  tabIcon?: { light: Uri; dark: Uri } | undefined;
}

/**
 * One webview and the link to the page in it. The editor discards a hidden page and loads it again when it is shown. The first view
 * does not wait for that: the editor queues it until the page has loaded, which saves a round trip.
 */
class PanelPage implements Disposable {
  readonly #webview: Webview;
  readonly #folder: Uri;
  readonly #credits: Credits;
  readonly #link: PanelLink;
  /** The webview shows an error page instead of the panel. */
  #showsFailure = false;

  constructor(webview: Webview, folder: Uri, credits: Credits, onSend: SendPrompt | undefined) {
    this.#webview = webview;
    this.#credits = credits;
    this.#folder = folder;
    webview.options = { enableScripts: true, localResourceRoots: [folder] };
    webview.html = panelPage(webview, folder);
    this.#link = new PanelLink(credits, webviewPort(webview), { onSend, client: () => this.#client() });
  }

  setVisible(isVisible: boolean): void {
    this.#link.setVisible(isVisible);
  }

  dispose(): void {
    this.#link.dispose();
  }

  /** Without a client there is no view: the webview shows the reason until there is one. */
  async #client(): Promise<CreditClient> {
    try {
      const client = await this.#credits.client();
      if (this.#showsFailure) this.#webview.html = panelPage(this.#webview, this.#folder);
      this.#showsFailure = false;
      return client;
    } catch (cause) {
      this.#showsFailure = true;
      this.#webview.html = failurePage(this.#webview, this.#folder, messageOf(cause));
      throw cause;
    }
  }
}

/** What a view of the side bar and an editor tab have in common. */
interface WebviewOwner {
  readonly webview: Webview;
  readonly visible: boolean;
  onDidDispose(listener: () => void): Disposable;
}

export class PanelViews implements Disposable {
  readonly #credits: Credits;
  readonly #options: PanelViewsOptions;
  readonly #pages = new Set<PanelPage>();
  #tab: WebviewPanel | undefined;

  constructor(credits: Credits, options: PanelViewsOptions = {}) {
    this.#credits = credits;
    this.#options = options;
  }

  dispose(): void {
    for (const page of this.#pages) page.dispose();
  }

  /** Fills a view of the side bar. */
  async show(view: WebviewView): Promise<void> {
    await this.#fill(view, (changed) => view.onDidChangeVisibility(changed));
  }

  /** The same panel with more room. There is one tab at most. */
  async openTab(): Promise<void> {
    if (this.#tab !== undefined) {
      this.#tab.reveal();
      return;
    }
    const { tab, displayName } = this.#credits.contributions;
    await this.attach(window.createWebviewPanel(tab, displayName, ViewColumn.Active));
  }

  /** Takes over a tab, new or restored with the window. */
  async attach(tab: WebviewPanel): Promise<void> {
    this.#tab = tab;
    if (this.#options.tabIcon !== undefined) tab.iconPath = this.#options.tabIcon;
    tab.onDidDispose(() => {
      // A restored tab comes late where it was not in sight: then there are two.
      if (this.#tab === tab) this.#tab = undefined;
    });
    await this.#fill(tab, (changed) => tab.onDidChangeViewState(changed));
  }

  async #fill(owner: WebviewOwner, onDidChangeVisibility: (changed: () => void) => Disposable): Promise<void> {
    let page: PanelPage | undefined;
    let isGone = false;
    owner.onDidDispose(() => {
      isGone = true;
      if (page === undefined) return;
      this.#pages.delete(page);
      page.dispose();
    });
    const folder = await this.#credits.panelFolder();
    if (isGone) return;
    page = new PanelPage(owner.webview, folder, this.#credits, this.#options.onSend);
    this.#pages.add(page);
    onDidChangeVisibility(() => page?.setVisible(owner.visible));
  }
}
