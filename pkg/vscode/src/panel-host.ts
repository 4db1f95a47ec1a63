/** The `PanelHost` of the editor. */

import type { TransferConfirmation } from "costrict-credit";
import type { CreatedVoucher, PanelHost, Preference, Prompt, Reader, SendContext } from "costrict-credit/panel-session";
import { commands, env, Uri, window } from "vscode";

import { confirmGive } from "./confirm.js";
import type { Credits } from "./credits.js";
import { saveText } from "./files.js";
import { l10n } from "./l10n.js";
import { showVoucher } from "./show-voucher.js";
import { escapeMarkup, messageOf } from "./strings.js";

/** Sends a prompt of the panel with the user's consent; false when there was no answer. */
export type SendPrompt = (prompt: Prompt, context: SendContext, credits: Credits) => Promise<boolean>;

export class EditorPanelHost implements PanelHost {
  readonly surface = "editor";
  readonly onSend?: NonNullable<PanelHost["onSend"]>;
  readonly #credits: Credits;
  /** What the session shows; a changed setting with the same value needs no restart. */
  readonly shown: { masked: boolean; locale: string; model: string };

  constructor(credits: Credits, onSend?: SendPrompt) {
    this.#credits = credits;
    if (onSend !== undefined) this.onSend = (prompt, context) => onSend(prompt, context, credits);
    const { masked, locale, model } = credits.settings;
    this.shown = { masked, locale, model };
  }

  locale(): string {
    return this.#credits.settings.locale;
  }

  preference(name: Preference): string | undefined {
    return name === "masked" ? (this.shown.masked ? "on" : "off") : this.shown.locale;
  }

  savePreference(name: Preference, value: string): boolean {
    if (name === "masked") {
      this.shown.masked = value === "on";
      this.#saveSetting("masked", this.shown.masked);
    } else {
      this.shown.locale = value;
      this.#saveSetting("language", value);
    }
    return true;
  }

  model(): string {
    return this.shown.model;
  }

  chooseModel(id: string): void {
    this.shown.model = id;
    this.#saveSetting("model", id);
  }

  /** Settings that cannot be written, such as a file with a mistake in it, are an error message: the page shows the choice already. */
  #saveSetting(name: "masked" | "language" | "model", value: unknown): void {
    this.#credits.settings
      .change(name, value)
      .then(undefined, (cause: unknown) => this.#showFailure("openPanel", cause));
  }

  #showFailure(command: string, cause: unknown): void {
    this.#credits.logFailure(command, cause);
    void window.showErrorMessage(escapeMarkup(`${this.#credits.contributions.title(command)}: ${messageOf(cause)}`));
  }

  loadCatalogue(name: string): Promise<string | undefined> {
    return this.#credits.readCatalogue(name);
  }

  async saveFile(name: string, _type: string, text: string): Promise<boolean> {
    try {
      return await saveText(name, text);
    } catch (cause) {
      // The page knows nothing of files.
      this.#showFailure("exportHistory", cause);
      return false;
    }
  }

  readerChanged(reader: Reader): void {
    this.#credits.reader = reader;
  }

  async copy(text: string): Promise<void> {
    await env.clipboard.writeText(text);
  }

  /** An address of the account page hands the sign-in over: it is in no message and no error. */
  async openLink(address: string): Promise<void> {
    try {
      await env.openExternal(Uri.parse(address, true));
    } catch {
      void window.showErrorMessage(l10n.t("Could not open the page in your browser."));
    }
  }

  confirmGive(confirmation: TransferConfirmation): Promise<boolean> {
    return confirmGive(confirmation);
  }

  async changeBudget(): Promise<void> {
    await commands.executeCommand("workbench.action.openSettings", this.#credits.contributions.setting("budget"));
  }

  promptTooLong(lengthMax: number): void {
    void window.showWarningMessage(
      l10n.t("The prompt is too long. The limit is {0} characters.", lengthMax.toLocaleString()),
    );
  }

  showVoucher(voucher: CreatedVoucher): Promise<void> {
    return showVoucher(voucher);
  }

  async signIn(): Promise<void> {
    await this.#credits.contributions.run("signIn");
  }

  log(level: "warn" | "error", message: string, cause?: unknown): void {
    if (cause === undefined) this.#credits.log(level, message);
    else this.#credits.logFailure(message, cause);
  }

  /** The window's own client is woken by the storage already, and calls its watchers. */
  watchStorage(): () => void {
    return () => {};
  }
}
