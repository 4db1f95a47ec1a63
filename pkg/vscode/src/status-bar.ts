/** Balance in the status bar. While signed out, an icon that starts the sign-in; the core is not loaded then. */

import type { CreditClient } from "costrict-credit";
import { type Disposable, type StatusBarItem, ThemeColor } from "vscode";
import { ICON } from "./contributions.js";
import { asSettingError, type Credits } from "./credits.js";
import { statusTooltip } from "./status-tooltip.js";
import { escapeMarkup, messageOf } from "./strings.js";

const BACKGROUNDS = {
  none: undefined,
  warning: "statusBarItem.warningBackground",
  error: "statusBarItem.errorBackground",
};
/** Ages in the text change without any event. */
const TEXT_UPDATE_INTERVAL_MS = 60_000;

export class StatusBar implements Disposable {
  readonly #credits: Credits;
  readonly #item: StatusBarItem;
  readonly #disposables: Disposable[];
  /** Why there is no client. */
  #failure: { cause: unknown } | undefined;

  constructor(credits: Credits, item: StatusBarItem) {
    this.#credits = credits;
    this.#item = item;
    const ageing = setInterval(() => this.show(), TEXT_UPDATE_INTERVAL_MS);
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
    const { rejection } = this.#credits;
    if (client !== undefined) this.#failure = undefined;
    if (rejection !== undefined) this.#showFailure(rejection);
    else if (this.#failure !== undefined) this.#showFailure(this.#failure.cause);
    else if (client === undefined || client.account().state === "signed_out") this.#showSignedOut(client);
    else this.#showBalance(client, form === "text");
    this.#item.show();
  }

  /** A setting is invalid: the tooltip shows why until there is a client again. */
  showFailure(cause: unknown): void {
    this.#failure = { cause };
    this.show();
  }

  #showFailure(cause: unknown): void {
    const { contributions } = this.#credits;
    this.#item.text = `${ICON} $(warning)`;
    const reason = messageOf(cause);
    this.#item.tooltip = reason;
    this.#item.accessibilityInformation = { label: reason };
    const isSetting = asSettingError(cause) !== undefined;
    // Colour only for what the user can put right.
    this.#item.backgroundColor = background(isSetting ? "warning" : "none");
    this.#item.command = isSetting
      ? { command: "workbench.action.openSettings", title: "", arguments: [contributions.prefix] }
      : contributions.command("showLog");
  }

  #showSignedOut(client: CreditClient | undefined): void {
    const { contributions } = this.#credits;
    const status = client?.status(this.#credits.view);
    const label = status?.tooltip ?? contributions.title("signIn");
    this.#item.text = status === undefined ? ICON : `${ICON} ${escapeMarkup(status.text)}`;
    this.#item.tooltip = label;
    this.#item.accessibilityInformation = { label };
    this.#item.backgroundColor = undefined;
    this.#item.command = contributions.command("signIn");
  }

  #showBalance(client: CreditClient, withText: boolean): void {
    const status = client.status({ ...this.#credits.view, model: this.#credits.settings.model });
    this.#item.text = withText ? `${ICON} ${escapeMarkup(status.text)}` : ICON;
    this.#item.tooltip = statusTooltip(status, this.#credits.contributions);
    this.#item.accessibilityInformation = { label: status.tooltip };
    this.#item.backgroundColor = background(status.severity);
    this.#item.command = this.#credits.contributions.command("showAccount");
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

/** The colour that the editor has for a severity. */
export function background(severity: keyof typeof BACKGROUNDS): ThemeColor | undefined {
  const color = BACKGROUNDS[severity];
  return color === undefined ? undefined : new ThemeColor(color);
}
