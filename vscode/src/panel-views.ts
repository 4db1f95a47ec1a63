/** The account panel in a webview: as a view of the side bar, and as an editor tab. */

import type { CreditClient } from "costrict-credit";
import { connectPanel, type HostMessage, type PanelConnection } from "costrict-credit/panel-session";
import {
  type Disposable,
  type ExtensionContext,
  Uri,
  ViewColumn,
  type Webview,
  type WebviewPanel,
  type WebviewView,
  window,
} from "vscode";

import type { Credits } from "./credits.js";
import { TAB } from "./ids.js";
import { EditorPanelHost } from "./panel-host.js";

/**
 * One webview and the connection to the page in it. The editor discards a hidden page and loads it again when it is shown. The
 * first view does not wait for that: the editor queues it until the page has loaded, which saves a round trip.
 */
class PanelPage implements Disposable {
  readonly #webview: Webview;
  readonly #files: Uri;
  readonly #credits: Credits;
  readonly #connection: PanelConnection;
  readonly #disposables: Disposable[];
  #host: EditorPanelHost;
  /** The webview shows an error page instead of the panel. */
  #showsFailure = false;

  constructor(webview: Webview, context: ExtensionContext, credits: Credits) {
    this.#webview = webview;
    this.#credits = credits;
    this.#files = Uri.joinPath(context.extensionUri, "dist", "panel");
    webview.options = { enableScripts: true, localResourceRoots: [this.#files] };
    this.#host = new EditorPanelHost(credits);
    const port = {
      post: (message: HostMessage) => void webview.postMessage(message),
      listen: (listener: (received: unknown) => void) => {
        const listening = webview.onDidReceiveMessage(listener);
        return () => listening.dispose();
      },
    };
    this.#connection = connectPanel(() => this.#client(), port, this.#host);
    this.#disposables = [
      credits.onDidReplace(() => this.#reconnect()),
      credits.onDidRestyle(() => this.#restyle()),
      { dispose: () => this.#connection.stop() },
    ];
    webview.html = panelPage(webview, this.#files);
    this.#connection.open();
  }

  setVisible(isVisible: boolean): void {
    if (isVisible) this.#connection.open();
    else this.#connection.suspend();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Without a client there is no view: the webview shows the reason until there is one. */
  async #client(): Promise<CreditClient> {
    try {
      const client = await this.#credits.client();
      if (this.#showsFailure) this.#webview.html = panelPage(this.#webview, this.#files);
      this.#showsFailure = false;
      return client;
    } catch (cause) {
      this.#showsFailure = true;
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#webview.html = failurePage(this.#webview, this.#files, reason);
      throw cause;
    }
  }

  #reconnect(): void {
    this.#host = new EditorPanelHost(this.#credits);
    this.#connection.reconnect(() => this.#client(), this.#host);
  }

  #restyle(): void {
    const { masked, locale, model } = this.#credits.settings;
    const { shown } = this.#host;
    if (shown.masked !== masked || shown.locale !== locale || shown.model !== model) this.#reconnect();
  }
}

export class PanelViews implements Disposable {
  readonly #context: ExtensionContext;
  readonly #credits: Credits;
  readonly #pages = new Set<PanelPage>();
  #tab: WebviewPanel | undefined;

  constructor(context: ExtensionContext, credits: Credits) {
    this.#context = context;
    this.#credits = credits;
  }

  dispose(): void {
    for (const page of this.#pages) page.dispose();
  }

  #createPage(webview: Webview): PanelPage {
    const page = new PanelPage(webview, this.#context, this.#credits);
    this.#pages.add(page);
    return page;
  }

  #remove(page: PanelPage): void {
    this.#pages.delete(page);
    page.dispose();
  }

  show(view: WebviewView): void {
    const page = this.#createPage(view.webview);
    view.onDidChangeVisibility(() => page.setVisible(view.visible));
    view.onDidDispose(() => this.#remove(page));
  }

  /** The same panel with more room. There is one tab at most. */
  openTab(): void {
    if (this.#tab !== undefined) {
      this.#tab.reveal();
      return;
    }
    const tab = window.createWebviewPanel(
      TAB,
      this.#context.extension.packageJSON.displayName as string,
      ViewColumn.Active,
    );
    this.adopt(tab);
  }

  /** Takes over a tab, new or restored with the window. */
  adopt(tab: WebviewPanel): void {
    this.#tab = tab;
    const icon = (theme: string) => Uri.joinPath(this.#context.extensionUri, "media", `card-${theme}.svg`);
    tab.iconPath = { light: icon("light"), dark: icon("dark") };
    const page = this.#createPage(tab.webview);
    tab.onDidChangeViewState(() => page.setVisible(tab.visible));
    tab.onDidDispose(() => {
      this.#remove(page);
      // A restored tab comes late where it was not in sight: then there are two.
      if (this.#tab === tab) this.#tab = undefined;
    });
  }
}

function panelPage(webview: Webview, files: Uri): string {
  const script = webview.asWebviewUri(Uri.joinPath(files, "index.js")).toString();
  return page(
    webview,
    files,
    `<script type="module" src="${script}"></script>`,
    "<main><costrict-credit-panel></costrict-credit-panel></main>",
  );
}

function failurePage(webview: Webview, files: Uri, reason: string): string {
  const text = reason.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return page(webview, files, "", `<main><p class="not-started" role="alert">${text}</p></main>`);
}

function page(webview: Webview, files: Uri, script: string, body: string): string {
  const source = webview.cspSource;
  const policy = [
    "default-src 'none'",
    `script-src ${source}`,
    `style-src ${source}`,
    `img-src ${source}`,
    `font-src ${source}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types lit-html",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="referrer" content="no-referrer">
    <link rel="stylesheet" href="${webview.asWebviewUri(Uri.joinPath(files, "style.css")).toString()}">
    ${script}
  </head>
  <body>${body}</body>
</html>`;
}
