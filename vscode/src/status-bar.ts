/** The number at a glance. While nobody is signed in it is an icon that leads to signing in, and the core is not loaded. */

import type { CreditClient } from "costrict-credit";
import { type Disposable, MarkdownString, type StatusBarItem, ThemeColor } from "vscode";

import { ICON } from "./activate.js";
import { type Credits, wrongSetting } from "./credits.js";
import { plain, title } from "./own-words.js";

const BACKGROUNDS = {
  none: undefined,
  warning: new ThemeColor("statusBarItem.warningBackground"),
  error: new ThemeColor("statusBarItem.errorBackground"),
};
/** Commands that the tooltip links to. */
const LINKS = [
  "costrictCredit.showAccount",
  "costrictCredit.refresh",
  "costrictCredit.compareModels",
  "costrictCredit.toggleMask",
];
/** Ages in the text change without any event. */
const AGEING_MS = 60_000;

export class StatusBar implements Disposable {
  readonly #credits: Credits;
  readonly #item: StatusBarItem;
  readonly #disposables: Disposable[];
  /** Why there is no client. */
  #failure: { cause: unknown } | undefined;

  constructor(credits: Credits, item: StatusBarItem) {
    this.#credits = credits;
    this.#item = item;
    const ageing = setInterval(() => this.show(), AGEING_MS);
    this.#disposables = [
      credits.onDidChange(() => this.show()),
      credits.onDidRestyle(() => this.show()),
      credits.onDidReplace(() => (this.#failure = undefined)),
      credits.onDidFail((cause) => this.showFailure(cause)),
      { dispose: () => clearInterval(ageing) },
    ];
  }

  show(): void {
    const form = this.#credits.settings.statusBar;
    if (form === "hidden") {
      this.#item.hide();
      return;
    }
    const client = this.#credits.loaded;
    if (client !== undefined) this.#failure = undefined;
    if (this.#failure !== undefined) this.#showFailure(this.#failure.cause);
    else if (client === undefined || client.account().state === "signed_out") this.#showSignedOut(client);
    else this.#showBalance(client, form === "text");
    this.#item.show();
  }

  /** A setting is wrong: nothing is known, and the tooltip says why until there is a client again. */
  showFailure(cause: unknown): void {
    this.#failure = { cause };
    this.show();
  }

  #showFailure(cause: unknown): void {
    this.#item.text = `${ICON} $(warning)`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#item.tooltip = reason;
    this.#item.accessibilityInformation = { label: reason };
    this.#item.backgroundColor = BACKGROUNDS.warning;
    this.#item.command =
      wrongSetting(cause) === undefined
        ? "costrictCredit.showLog"
        : { command: "workbench.action.openSettings", title: "", arguments: ["costrictCredit"] };
  }

  #showSignedOut(client: CreditClient | undefined): void {
    const status = client?.status(this.#credits.view);
    this.#item.text = status === undefined ? ICON : `${ICON} ${plain(status.text)}`;
    this.#item.tooltip = status?.tooltip ?? title("costrictCredit.signIn");
    this.#item.accessibilityInformation = { label: status?.tooltip ?? title("costrictCredit.signIn") };
    this.#item.backgroundColor = undefined;
    this.#item.command = "costrictCredit.signIn";
  }

  #showBalance(client: CreditClient, withText: boolean): void {
    const status = client.status({ ...this.#credits.view, model: this.#credits.settings.model });
    this.#item.text = withText ? `${ICON} ${plain(status.text)}` : ICON;
    this.#item.tooltip = tooltip(status.tooltip);
    this.#item.accessibilityInformation = { label: status.tooltip };
    this.#item.backgroundColor = BACKGROUNDS[status.severity];
    this.#item.command = "costrictCredit.showAccount";
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

function tooltip(text: string): MarkdownString {
  const shown = new MarkdownString().appendText(text);
  shown.isTrusted = { enabledCommands: LINKS };
  const links = LINKS.map((command) => `[${title(command)}](command:${command})`);
  return shown.appendMarkdown(`\n\n${links.join(" · ")}`);
}
