/** The editor as the surroundings of a panel session. */

import { commands, env, Uri, window, workspace } from "vscode";

import type { Preference, Surroundings } from "../../www/src/session/surroundings.js";
import type { Credits } from "./credits.js";

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
      void this.#credits.settings.change("masked", this.shown.masked);
    } else {
      this.shown.locale = value;
      void this.#credits.settings.change("language", value);
    }
  }

  model(): string {
    return this.shown.model;
  }

  chooseModel(id: string): void {
    this.shown.model = id;
    void this.#credits.settings.change("model", id);
  }

  catalogue(locale: string): Promise<string | undefined> {
    return this.#credits.catalogue(locale);
  }

  async saveFile(name: string, _type: string, text: string): Promise<void> {
    const folder = workspace.workspaceFolders?.[0]?.uri;
    const target = await window.showSaveDialog(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) });
    if (target !== undefined) await workspace.fs.writeFile(target, new TextEncoder().encode(text));
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
