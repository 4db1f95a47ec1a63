/** `<costrict-credit-panel>`: connects a client or a port with the view in its shadow root. */

import type { PanelView } from "costrict-credit";
import type { ClientSource, PanelHost } from "costrict-credit/panel-session";
import { adoptStyles, html, LitElement, nothing, type TemplateResult, unsafeCSS } from "lit";
import { keyed } from "lit/directives/keyed.js";

import { tabStore } from "../connection/choices.js";
import { isClientSource, startSession } from "../connection/in-page.js";
import { PageEnd } from "../connection/page-end.js";
import { type Emit, elementHost } from "../connection/panel-host.js";
import type { PanelDensity } from "../panel-element.js";
import { PanelError } from "../panel-error.js";
import type { PanelPort } from "../port.js";
import styles from "../style/panel.css";
import { property, setHeadingLevels } from "./light-dom-element.js";
import { KNOWN_SECTIONS, unknownSections } from "./shown-sections.js";
import type { CreditView } from "./view.js";

/** A page may need a while for its client; one without any is wrong. */
const CLIENT_EXPECTED_MS = 10_000;

export class PanelRoot extends LitElement {
  static override styles = unsafeCSS(styles);
  static override properties = {
    client: property,
    port: property,
    host: property,
    onSend: property,
    sections: { type: String },
    density: { type: String, reflect: true },
    locale: { type: String },
    task: { type: String },
    headingLevel: { type: Number, attribute: "heading-level" },
    failure: { state: true },
    language: { state: true },
  };

  declare client: ClientSource | undefined;
  declare port: PanelPort | undefined;
  declare host: Partial<PanelHost> | undefined;
  declare onSend: PanelHost["onSend"] | undefined;
  declare sections: string | null;
  declare density: PanelDensity | null;
  declare locale: string | null;
  declare task: string | null;
  declare headingLevel: number | null;
  /** Shown because the embedder has not handled it. */
  declare failure: PanelError | undefined;
  declare language: Pick<PanelView, "locale" | "direction"> | undefined;
  /** Each connection gets a view of its own, so that nothing of another account stays in it. */
  #connectionNumber = 0;
  /** What the current connection was made from; undefined while there is none. */
  #connectedWith: readonly unknown[] | undefined;
  #stopConnection: () => void = () => {};
  #page: PageEnd | undefined;
  #title = "";
  readonly #emit: Emit = (type, detail) =>
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: true }));

  constructor() {
    super();
    this.sections = null;
    this.density = null;
    this.locale = null;
    this.task = null;
    this.headingLevel = null;
  }

  protected override createRenderRoot(): ShadowRoot {
    const root = this.shadowRoot ?? this.attachShadow(PanelRoot.shadowRootOptions);
    this.#adoptStyles(root);
    return root;
  }

  /** Called when the element has come into another document. */
  adoptedCallback(): void {
    if (this.shadowRoot !== null) this.#adoptStyles(this.shadowRoot);
  }

  /** A constructed sheet belongs to one document: a panel in the document of a frame has one of that frame. */
  #adoptStyles(root: ShadowRoot): void {
    const view = this.ownerDocument.defaultView;
    if (view === null || view === window) {
      adoptStyles(root, PanelRoot.elementStyles);
      return;
    }
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // An element that is moved is connected again by then, and goes on.
    queueMicrotask(() => {
      if (!this.isConnected) this.#disconnect();
    });
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("sections")) this.#checkSections();
    const current = this.#connectedWith;
    if (current !== undefined && this.#source.every((value, index) => value === current[index])) return;
    this.#disconnect();
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (this.isConnected && this.#connectedWith === undefined) this.#connect();
    else if (changed.has("task")) this.#page?.send({ type: "task", ...(this.task === null ? {} : { id: this.task }) });
    if (changed.has("headingLevel")) setHeadingLevels(this.renderRoot, this.headingLevel);
  }

  /** A change of one of these needs another connection. */
  get #source(): readonly unknown[] {
    return [this.port, this.client, this.locale, this.onSend === undefined];
  }

  #connect(): void {
    this.#connectedWith = this.#source;
    const { client, port } = this;
    if (port !== undefined) this.#connectView(port, () => {});
    else if (client === undefined) this.#expectClient();
    else if (isClientSource(client)) {
      const session = startSession(this.#reporting(client), elementHost(this, this.#emit));
      this.#connectView(session.port, () => session.stop());
    } else
      this.#fail("invalid_client", "`client` has to be a CreditClient, or a function that returns a promise of one.");
  }

  #connectView(port: PanelPort, stopSession: () => void): void {
    this.failure = this.failure?.code === "unknown_section" ? this.failure : undefined;
    const failed = (cause: unknown) => {
      if (this.failure?.code !== "port_failed")
        this.#fail("port_failed", "The account panel has no connection: its port fails.", cause);
    };
    const page = new PageEnd(port, tabStore(this.id), failed, this.task);
    this.#page = page;
    this.#stopConnection = () => {
      this.#page = undefined;
      page.close();
      stopSession();
      this.#connectionNumber += 1;
    };
    this.renderRoot.querySelector<CreditView>("costrict-credit-view")?.connect(page);
  }

  #expectClient(): void {
    const report = () => this.#fail("no_client", "The account panel has no client: set `client` or `port`.");
    const timer = setTimeout(report, CLIENT_EXPECTED_MS);
    this.#stopConnection = () => clearTimeout(timer);
  }

  /** The client is got for each session; where that fails, there is nothing to show. */
  #reporting(client: ClientSource): ClientSource {
    if (typeof client !== "function") return client;
    return async () => {
      try {
        const given = await client();
        if (typeof given?.openPanel !== "function") throw new TypeError("The function gave no CreditClient.");
        return given;
      } catch (cause) {
        this.#fail("no_client", "The account panel could not get its client.", cause);
        throw cause;
      }
    };
  }

  #disconnect(): void {
    this.#stopConnection();
    this.#stopConnection = () => {};
    this.#connectedWith = undefined;
  }

  #checkSections(): void {
    const unknown = unknownSections(this.sections);
    if (unknown.length > 0)
      this.#fail(
        "unknown_section",
        `\`sections\` has names that no section has: ${unknown.join(", ")}. Known are ${KNOWN_SECTIONS.join(", ")}.`,
      );
    else if (this.failure?.code === "unknown_section") this.failure = undefined;
  }

  #fail(code: PanelError["code"], message: string, cause?: unknown): void {
    const error = new PanelError(code, message, cause);
    if (!this.#emit("costrict-credit-error", error)) return;
    this.failure = error;
    if (this.host?.log === undefined) console.error(error);
    else this.host.log("error", message, cause);
  }

  readonly #viewChanged = ({ title, locale, direction }: PanelView): void => {
    this.language = { locale, direction };
    const text = JSON.stringify([title, locale, direction]);
    if (text === this.#title) return;
    this.#title = text;
    this.#emit("costrict-credit-title", { title, locale, direction });
  };

  readonly #incompatible = (): void => {
    this.#fail(
      "incompatible",
      "The account panel is of another version than what it is connected to. Reload the page.",
    );
  };

  /** A link of the view opens by itself; the embedder may do something else with it. */
  #followLink(event: Event): void {
    const link = event.composedPath().find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement);
    if (link !== undefined && !this.#emit("costrict-credit-link", { href: link.href })) event.preventDefault();
  }

  protected override render(): TemplateResult {
    const { failure, language } = this;
    return html`<div
      class="root"
      lang=${language?.locale ?? nothing}
      dir=${language?.direction ?? nothing}
      @click=${(event: Event) => this.#followLink(event)}
    >
      ${failure === undefined ? nothing : html`<p class="misuse" role="alert" lang="en" dir="ltr">${failure.message}</p>`}
      ${keyed(
        this.#connectionNumber,
        html`<costrict-credit-view
          .wanted=${this.sections}
          .viewChanged=${this.#viewChanged}
          .incompatible=${this.#incompatible}
        ></costrict-credit-view>`,
      )}
    </div>`;
  }
}
