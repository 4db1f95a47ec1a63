/** Notices through the editor: one at a time, where the user is looking, and only the kinds that are wanted. */

import type { Notice } from "costrict-credit";
import { commands, type Disposable, window } from "vscode";

import type { Credits } from "./credits.js";
import type { Log } from "./log.js";
import { plain } from "./own-words.js";

/** A notice that nobody answers is put aside by the editor, without a word to us: then the next one may come. */
const ASIDE_MS = 60_000;

export class Notices implements Disposable {
  readonly #credits: Credits;
  readonly #log: Log;
  readonly #disposables: Disposable[];
  readonly #due: Notice[] = [];
  /** Whose notices are due. */
  #user: string | undefined;
  #asking = false;
  #showing = false;

  constructor(credits: Credits, log: Log) {
    this.#credits = credits;
    this.#log = log;
    this.#disposables = [
      credits.onDidChange(() => void this.#ask()),
      window.onDidChangeWindowState(({ focused }) => {
        if (focused) void this.#ask();
      }),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** A notice that is asked for is delivered: only the window that the user looks at asks. */
  async #ask(): Promise<void> {
    const client = this.#credits.loaded;
    this.#forgetOthers(client?.account().user?.id);
    if (client === undefined || this.#asking || !window.state.focused) return;
    this.#asking = true;
    try {
      const notices = await client.notices(this.#credits.view);
      this.#due.push(...notices.filter(({ kind }) => this.#credits.settings.shows(kind)));
    } catch (cause) {
      this.#log.failed("asking for notices", cause);
    } finally {
      this.#asking = false;
    }
    await this.#showAll();
  }

  /** Notices that wait for their turn are not for the next account. */
  #forgetOthers(user: string | undefined): void {
    if (user !== this.#user) this.#due.length = 0;
    this.#user = user;
  }

  async #showAll(): Promise<void> {
    if (this.#showing) return;
    this.#showing = true;
    try {
      for (let notice = this.#due.shift(); notice !== undefined; notice = this.#due.shift()) {
        const answered = this.#show(notice).catch((cause: unknown) => this.#log.failed("showing a notice", cause));
        let timer: ReturnType<typeof setTimeout> | undefined;
        const aside = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, ASIDE_MS);
        });
        await Promise.race([answered, aside]);
        clearTimeout(timer);
      }
    } finally {
      this.#showing = false;
    }
  }

  async #show(notice: Notice): Promise<void> {
    const show = {
      info: window.showInformationMessage,
      warning: window.showWarningMessage,
      error: window.showErrorMessage,
    }[notice.severity];
    const label = await show(plain(notice.text), ...notice.actions.map((action) => action.label));
    const chosen = notice.actions.find((action) => action.label === label);
    switch (chosen?.id) {
      case "sign_in":
        return commands.executeCommand("costrictCredit.signIn");
      case "snooze":
        return this.#credits.loaded?.snooze(notice.id);
      case "off":
        return this.#credits.settings.mute(notice.kind);
      case "open":
      case "get":
        // The ways to get credits are in the panel.
        return commands.executeCommand("costrictCredit.showAccount");
    }
  }
}
