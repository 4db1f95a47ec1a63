/** Whether the sign-in of CoStrict's plugin is used here: only with the user's consent, which is asked for once. */

import type { Disposable, ExtensionContext } from "vscode";
import { l10n, window } from "vscode";

import { serverAddress } from "../../www/src/session/server-address.js";
import { readClaims } from "./host/claims.js";
import type { SharedSignInFile } from "./host/shared-sign-in.js";
import type { Store } from "./host/store.js";
import type { SharedSource, SharedToken } from "./host/token.js";
import { takeTurn } from "./host/turn.js";
import { plain } from "./own-words.js";
import { type PluginSignIn, Settings } from "./settings.js";

/** The answer, where the setting cannot be written. */
const ANSWER = "pluginSignIn.answer";
/** The server that a sign-in without an address was agreed on for. */
const SERVER = "pluginSignIn.server";
/** In the storage of all windows: the question was shown. */
const ASKED = "plugin-sign-in";
/** A window that is closed with the question open leaves it to the next one. */
const QUESTION_MAX_MS = 600_000;

export class SharedSignIn implements SharedSource, Disposable {
  readonly #file: SharedSignInFile;
  readonly #memory: ExtensionContext["globalState"];
  readonly #settings = new Settings();
  readonly #listeners = new Set<() => void>();
  readonly #stop: () => void;

  constructor(file: SharedSignInFile, memory: ExtensionContext["globalState"]) {
    this.#file = file;
    this.#memory = memory;
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

  get #consent(): PluginSignIn {
    const set = this.#settings.pluginSignIn;
    return set === "ask" ? (this.#memory.get<PluginSignIn>(ANSWER) ?? "ask") : set;
  }

  async read(server: string | undefined): Promise<SharedToken | undefined> {
    return this.#consent === "always" ? this.#readFor(server, true) : undefined;
  }

  /** Whether there is a sign-in that could be used, and the user has not been asked. */
  async isOffered(server: string | undefined): Promise<boolean> {
    return this.#consent === "ask" && server !== undefined && (await this.#readFor(server, false)) !== undefined;
  }

  /** The sign-in in the file, whether or not it may be used. */
  async #readFor(server: string | undefined, isAgreed: boolean): Promise<SharedToken | undefined> {
    const found = await this.#file.read();
    if (found === undefined || server === undefined) return found;
    if (found.server !== undefined) return serverAddress(found.server) === server ? found : undefined;
    const bound = this.#memory.get<string>(SERVER);
    if (bound === undefined && isAgreed) await this.#memory.update(SERVER, server);
    return bound === undefined || bound === server ? found : undefined;
  }

  /** Asks once over all windows and all starts. A question that is closed is an answer for now; the sign-in offers it again. */
  async askOnce(server: string, store: Store): Promise<void> {
    if (!(await this.isOffered(server)) || (await store.read(ASKED)) !== undefined) return;
    const release = await takeTurn(store, ASKED, QUESTION_MAX_MS);
    if (release === undefined) return;
    try {
      if ((await store.read(ASKED)) !== undefined) return;
      await this.#ask(server, store);
    } finally {
      await release();
    }
  }

  async #ask(server: string, store: Store): Promise<void> {
    const token = (await this.#readFor(server, false))?.token;
    if (token === undefined) return;
    const [use, decline] = [l10n.t("Use it"), l10n.t("Don't use it")];
    const chosen = await window.showInformationMessage(plain(question(token, new URL(server).host)), use, decline);
    await store.write(ASKED, "asked");
    if (chosen === use) await this.answer("always", server);
    else if (chosen === decline) await this.answer("never", server);
  }

  async answer(answer: PluginSignIn, server: string): Promise<void> {
    if (answer === "always") await this.#memory.update(SERVER, server);
    try {
      await this.#settings.change("pluginSignIn", answer);
      await this.#memory.update(ANSWER, undefined);
    } catch {
      await this.#memory.update(ANSWER, answer);
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
