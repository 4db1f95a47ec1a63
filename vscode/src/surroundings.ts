/** The editor as the surroundings of a panel session. */

import { commands, env, Uri, window } from "vscode";

import type { Preference, Surroundings } from "../../www/src/session/surroundings.js";
import type { Credits } from "./credits.js";
import { saveText } from "./files.js";
import { plain, title } from "./own-words.js";

export class EditorSurroundings implements Surroundings {
  readonly #credits: Credits;
  /** What the session shows; a setting that says the same is no news to it. */
  readonly shown: { masked: boolean; locale: string; model: string };

  constructor(credits: Credits) {
    this.#credits = credits;
    const { masked, locale, model } = credits.settings;
    this.shown = { masked, locale, model };
  }

  get baseUrl(): string {
    return chatBase(this.#credits.settings.baseUrl);
  }

  locale(): string {
    return this.#credits.settings.locale;
  }

  token(): Promise<string | undefined> {
    return this.#credits.token();
  }

  preference(name: Preference): string | undefined {
    return name === "masked" ? (this.shown.masked ? "on" : "off") : this.shown.locale;
  }

  savePreference(name: Preference, value: string): void {
    if (name === "masked") {
      this.shown.masked = value === "on";
      this.#keep("masked", this.shown.masked);
    } else {
      this.shown.locale = value;
      this.#keep("language", value);
    }
  }

  model(): string {
    return this.shown.model;
  }

  chooseModel(id: string): void {
    this.shown.model = id;
    this.#keep("model", id);
  }

  /** Settings that cannot be written, such as a file with a mistake in it, are told of: the page shows the choice already. */
  #keep(name: "masked" | "language" | "model", value: unknown): void {
    this.#credits.settings.change(name, value).then(undefined, (cause: unknown) => this.#say("costrictCredit.openPanel", cause));
  }

  #say(command: string, cause: unknown): void {
    this.#credits.failed(command, cause);
    void window.showErrorMessage(plain(`${title(command)}: ${cause instanceof Error ? cause.message : String(cause)}`));
  }

  catalogue(locale: string): Promise<string | undefined> {
    return this.#credits.catalogue(locale);
  }

  async saveFile(name: string, _type: string, text: string): Promise<void> {
    // The page knows nothing of files.
    await saveText(name, async () => text).catch((cause: unknown) => this.#say("costrictCredit.exportHistory", cause));
  }

  async copy(text: string): Promise<void> {
    await env.clipboard.writeText(text);
  }

  async openLink(address: string): Promise<void> {
    await env.openExternal(Uri.parse(address, true));
  }

  async signIn(): Promise<void> {
    await commands.executeCommand("costrictCredit.signIn");
  }

  /** The window's own client is woken by the storage already, and tells its watchers. */
  watchWake(): () => void {
    return () => {};
  }
}

/** The server of the chat endpoint, as the core reads the same setting. */
export function chatBase(setting: string): string {
  return setting.trim().replace(/\/+$/, "").replace(/\/api\/v1$/, "").replace(/\/+$/, "");
}
