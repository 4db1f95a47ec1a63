/** Use of the CoStrict plugin's sign-in: only with the user's consent, which is requested once. */

import {
  acquireWindowLock,
  readClaims,
  type SharedStore,
  type SharedToken,
  serverAddress,
} from "costrict-credit/panel-session";
import type { Disposable, ExtensionContext } from "vscode";
import { window } from "vscode";
import { l10n } from "./l10n.js";
import type { PluginSignInConsent, Settings } from "./settings.js";
import { escapeMarkup } from "./strings.js";
import type { SharedSource } from "./token-store.js";

/** The answer, where the setting cannot be written. */
const ANSWER_KEY = "pluginSignIn.answer";
/** The server that a sign-in without an address was agreed on for. */
const SERVER_KEY = "pluginSignIn.server";
/** In the storage of all windows: the question was shown. */
const ASKED_KEY = "plugin-sign-in";
/** A window that is closed with the question open leaves it to the next one. */
const QUESTION_DURATION_MAX_MS = 600_000;

/** The file of the plugin, on a host that has files. */
export interface PluginSignInFile {
  read(): Promise<SharedToken | undefined>;
  /** Returns the way to stop. */
  watch(changed: () => void): () => void;
}

export class PluginSignInSource implements SharedSource, Disposable {
  readonly #file: PluginSignInFile;
  readonly #state: ExtensionContext["globalState"];
  readonly #settings: Settings;
  readonly #listeners = new Set<() => void>();
  readonly #stop: () => void;

  constructor(file: PluginSignInFile, memory: ExtensionContext["globalState"], settings: Settings) {
    this.#file = file;
    this.#settings = settings;
    this.#state = memory;
    this.#stop = file.watch(() => {
      if (this.#consent !== "never") this.changed();
    });
  }

  dispose(): void {
    this.#stop();
  }

  onDidChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** The file or the setting changed. */
  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  get #consent(): PluginSignInConsent {
    const set = this.#settings.pluginSignIn;
    return set === "ask" ? (this.#state.get<PluginSignInConsent>(ANSWER_KEY) ?? "ask") : set;
  }

  async read(server: string | undefined): Promise<SharedToken | undefined> {
    return this.#consent === "always" ? this.#readToken(server, true) : undefined;
  }

  /** Whether there is a usable sign-in and no consent was given or declined yet. */
  async isOffered(server: string | undefined): Promise<boolean> {
    return this.#consent === "ask" && server !== undefined && (await this.#readToken(server, false)) !== undefined;
  }

  /** The sign-in in the file, whether or not it may be used. */
  async #readToken(server: string | undefined, isAgreed: boolean): Promise<SharedToken | undefined> {
    const found = await this.#file.read();
    if (found === undefined || server === undefined) return found;
    if (found.server !== undefined) return serverAddress(found.server) === server ? found : undefined;
    const bound = this.#state.get<string>(SERVER_KEY);
    if (bound === undefined && isAgreed) await this.#state.update(SERVER_KEY, server);
    return bound === undefined || bound === server ? found : undefined;
  }

  /** Requests consent once over all windows and starts. A closed question counts as answered; "Sign in" offers it again. */
  async askOnce(server: string, store: SharedStore): Promise<void> {
    if (!(await this.isOffered(server)) || (await store.read(ASKED_KEY)) !== undefined) return;
    const release = await acquireWindowLock(store, ASKED_KEY, QUESTION_DURATION_MAX_MS);
    if (release === undefined) return;
    try {
      if ((await store.read(ASKED_KEY)) !== undefined) return;
      await this.#ask(server, store);
    } finally {
      await release();
    }
  }

  async #ask(server: string, store: SharedStore): Promise<void> {
    const token = (await this.#readToken(server, false))?.token;
    if (token === undefined) return;
    const [use, decline] = [l10n.t("Use it"), l10n.t("Don't use it")];
    const chosen = await window.showInformationMessage(
      escapeMarkup(question(token, new URL(server).host)),
      use,
      decline,
    );
    await store.write(ASKED_KEY, "asked");
    if (chosen === use) await this.answer("always", server);
    else if (chosen === decline) await this.answer("never", server);
  }

  async answer(answer: PluginSignInConsent, server: string): Promise<void> {
    if (answer === "always") await this.#state.update(SERVER_KEY, server);
    try {
      await this.#settings.change("pluginSignIn", answer);
      await this.#state.update(ANSWER_KEY, undefined);
    } catch {
      await this.#state.update(ANSWER_KEY, answer);
    }
    this.changed();
  }
}

function question(token: string, host: string): string {
  const { name } = readClaims(token);
  return name === undefined
    ? l10n.t("The CoStrict plugin is signed in on this machine. Use its sign-in to show your credits at {0}?", host)
    : l10n.t(
        "The CoStrict plugin is signed in on this machine as {1}. Use its sign-in to show your credits at {0}?",
        host,
        name,
      );
}
