/** The account panel in a webview: as a view of the side bar, and as an editor tab. */

import type { CreditClient } from "costrict-credit";
import {
  type Disposable,
  type ExtensionContext,
  l10n,
  Uri,
  ViewColumn,
  type Webview,
  type WebviewPanel,
  type WebviewView,
  window,
} from "vscode";

import {
  type HostMessage,
  isTooLongPrompt,
  type PageMessage,
  PROMPT_MAX_LENGTH,
  readPageMessage,
} from "../../www/src/protocol.js";
import { PanelSession } from "../../www/src/session/panel-session.js";
import { TAB } from "./activate.js";
import type { Credits } from "./credits.js";
import type { Log } from "./log.js";
import { EditorPanelHost } from "./panel-host.js";

type Ready = Extract<PageMessage, { type: "ready" }>;

/**
 * One page and the session behind it. The editor discards a hidden page; it posts "ready" when it is loaded again.
 * The first view does not wait for that: the editor queues it until the page has loaded, which saves a round trip.
 */
class PanelPage implements Disposable {
  readonly #webview: Webview;
  readonly #files: Uri;
  readonly #credits: Credits;
  readonly #log: Log;
  readonly #disposables: Disposable[];
  /** The webview shows an error page instead of the panel. */
  #showsFailure = false;
  #session: PanelSession | undefined;
  #host: EditorPanelHost | undefined;
  #ready: Ready | undefined;
  #isVisible = false;
  #isPromptRefused = false;
  #queue: Promise<void> = Promise.resolve();

  constructor(webview: Webview, context: ExtensionContext, credits: Credits, log: Log) {
    this.#webview = webview;
    this.#credits = credits;
    this.#log = log;
    this.#files = Uri.joinPath(context.extensionUri, "dist", "panel");
    webview.options = { enableScripts: true, localResourceRoots: [this.#files] };
    this.#disposables = [
      webview.onDidReceiveMessage((received: unknown) => this.#receive(received)),
      credits.onDidReplace(() => this.#restart()),
      credits.onDidRestyle(() => this.#restyle()),
    ];
    webview.html = panelPage(webview, this.#files);
    this.resume();
  }

  /** The page is visible, or will be once loaded. */
  resume(): void {
    this.#isVisible = true;
    this.#enqueue((session) => session.open());
  }

  /** The page is hidden: stops the session and its timers. */
  suspend(): void {
    this.#stopSession();
    this.#isVisible = false;
  }

  dispose(): void {
    this.suspend();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #receive(received: unknown): void {
    if (isTooLongPrompt(received)) {
      this.#refuse(received.type);
      return;
    }
    const message = readPageMessage(received);
    if (message === undefined) {
      this.#log.write("warn", "The panel sent something that no panel of ours sends.");
      return;
    }
    if (message.type === "ready") {
      // A page reloaded without being hidden knows nothing of the previous session.
      if (this.#ready !== undefined) this.#stopSession();
      this.#ready = message;
    } else if (this.#ready === undefined) {
      return;
    } else if (message.type === "activity") {
      this.#ready = { ...this.#ready, activity: message.activity };
    } else if (message.type === "reader") {
      this.#ready = { ...this.#ready, reader: message.reader };
    } else if (message.type === "draft") {
      this.#isPromptRefused = false;
      this.#keepDraft(message);
    }
    this.#enqueue((session) => session.receive(message));
  }

  #post(message: HostMessage): void {
    if (message.type === "sent") this.#keepDraft({ type: "draft", text: "" });
    void this.#webview.postMessage(message);
  }

  /** A session restarted for a changed setting keeps the prompt. */
  #keepDraft({ text, model = "" }: Extract<PageMessage, { type: "draft" }>): void {
    if (this.#ready === undefined) return;
    const { draft: _older, ...choices } = this.#ready.choices;
    this.#ready = { ...this.#ready, choices: text === "" ? choices : { ...choices, draft: { text, model } } };
  }

  #refuse(of: "draft" | "send"): void {
    this.#post({ type: "refused", field: "text", of });
    // Once for a prompt, and not for each key in it.
    if (of === "send" || !this.#isPromptRefused) {
      void window.showWarningMessage(
        l10n.t("The prompt is too long. The limit is {0} characters.", PROMPT_MAX_LENGTH.toLocaleString()),
      );
    }
    this.#isPromptRefused = true;
  }

  /** One after the other: what follows needs the session that the first makes. Nothing is done for a page that is hidden by then. */
  #enqueue(work: (session: PanelSession) => unknown): void {
    const next = async () => {
      const client = await this.#client();
      if (!this.#isVisible) return;
      if (this.#session === undefined) {
        this.#host = new EditorPanelHost(this.#credits);
        this.#session = new PanelSession(client, this.#host, (answer) => this.#post(answer));
      }
      await work(this.#session);
    };
    this.#queue = this.#queue.then(next).catch((cause: unknown) => this.#log.failed("the panel", cause));
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
      this.#webview.html = failurePage(
        this.#webview,
        this.#files,
        cause instanceof Error ? cause.message : String(cause),
      );
      throw cause;
    }
  }

  #stopSession(): void {
    this.#session?.stop();
    this.#session = undefined;
    this.#ready = undefined;
  }

  /** A page that is there already gets a new session behind it. */
  #restart(): void {
    const ready = this.#ready;
    this.#stopSession();
    if (ready !== undefined) this.#receive(ready);
    else if (this.#isVisible) this.resume();
  }

  #restyle(): void {
    const { masked, locale, model } = this.#credits.settings;
    const shown = this.#host?.shown;
    if (shown !== undefined && (shown.masked !== masked || shown.locale !== locale || shown.model !== model))
      this.#restart();
  }
}

export class PanelViews implements Disposable {
  readonly #context: ExtensionContext;
  readonly #credits: Credits;
  readonly #log: Log;
  readonly #pages = new Set<PanelPage>();
  #tab: WebviewPanel | undefined;

  constructor(context: ExtensionContext, credits: Credits, log: Log) {
    this.#context = context;
    this.#credits = credits;
    this.#log = log;
  }

  dispose(): void {
    for (const page of this.#pages) page.dispose();
  }

  #createPage(webview: Webview): PanelPage {
    const page = new PanelPage(webview, this.#context, this.#credits, this.#log);
    this.#pages.add(page);
    return page;
  }

  #remove(page: PanelPage): void {
    this.#pages.delete(page);
    page.dispose();
  }

  show(view: WebviewView): void {
    const page = this.#createPage(view.webview);
    view.onDidChangeVisibility(() => {
      if (view.visible) page.resume();
      else page.suspend();
    });
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
    tab.onDidChangeViewState(() => {
      if (tab.visible) page.resume();
      else page.suspend();
    });
    tab.onDidDispose(() => {
      this.#remove(page);
      // A restored tab comes late where it was not in sight: then there are two.
      if (this.#tab === tab) this.#tab = undefined;
    });
  }
}

function panelPage(webview: Webview, files: Uri): string {
  const script = webview.asWebviewUri(Uri.joinPath(files, "index.js")).toString();
  return page(webview, files, `<script type="module" src="${script}"></script>`, "<credit-panel></credit-panel>");
}

function failurePage(webview: Webview, files: Uri, reason: string): string {
  const text = reason.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return page(webview, files, "", `<main class="panel"><p class="banner" role="alert">${text}</p></main>`);
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
