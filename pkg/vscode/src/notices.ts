/** Notices through the editor: one at a time, where the user is looking, and only the kinds that are wanted. */

import type { Notice } from "costrict-credit";
import { type Disposable, env, window } from "vscode";

import type { Credits } from "./credits.js";
import { l10n } from "./l10n.js";
import type { Log } from "./log.js";
import { escapeMarkup } from "./strings.js";

/** The editor hides an unanswered notice without an event; after this time the next one may be shown. */
const NOTICE_TIMEOUT_MS = 60_000;
const AUTO = "Auto";

export class Notices implements Disposable {
  readonly #credits: Credits;
  readonly #log: Log;
  readonly #disposables: Disposable[];
  readonly #queue: Notice[] = [];
  /** Whose notices are due. */
  #user: string | undefined;
  #isLoading = false;
  #isShowing = false;

  constructor(credits: Credits, log: Log) {
    this.#credits = credits;
    this.#log = log;
    this.#disposables = [
      credits.onDidChange(() => void this.#load()),
      window.onDidChangeWindowState(({ focused }) => {
        if (focused) void this.#load();
      }),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Loading a notice marks it as delivered, so only the focused window loads. */
  async #load(): Promise<void> {
    const client = this.#credits.loaded;
    this.#dropOfOtherUser(client?.account().user?.id);
    if (client === undefined || this.#isLoading || !window.state.focused) return;
    this.#isLoading = true;
    try {
      const { view, settings } = this.#credits;
      // While the setting leaves the choice to Auto, the newest request knows better which model is in use.
      const model = settings.model === AUTO ? {} : { model: settings.model };
      const notices = await client.notices({ ...view, ...model });
      this.#queue.push(...notices.filter(({ kind }) => settings.isNoticeEnabled(kind)));
    } catch (cause) {
      this.#log.failed("asking for notices", cause);
    } finally {
      this.#isLoading = false;
    }
    await this.#showAll();
  }

  /** Notices that wait for their turn are not for the next account. */
  #dropOfOtherUser(user: string | undefined): void {
    if (user !== this.#user) this.#queue.length = 0;
    this.#user = user;
  }

  async #showAll(): Promise<void> {
    if (this.#isShowing) return;
    this.#isShowing = true;
    try {
      for (let notice = this.#queue.shift(); notice !== undefined; notice = this.#queue.shift()) {
        const answered = this.#show(notice).catch((cause: unknown) => this.#log.failed("showing a notice", cause));
        let timer: ReturnType<typeof setTimeout> | undefined;
        const aside = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, NOTICE_TIMEOUT_MS);
        });
        await Promise.race([answered, aside]);
        clearTimeout(timer);
      }
    } finally {
      this.#isShowing = false;
    }
  }

  async #show(notice: Notice): Promise<void> {
    const show = {
      info: window.showInformationMessage,
      warning: window.showWarningMessage,
      error: window.showErrorMessage,
    }[notice.severity];
    const label = await show(escapeMarkup(notice.text), ...notice.actions.map((action) => action.label));
    const chosen = notice.actions.find((action) => action.label === label);
    switch (chosen?.id) {
      case "sign_in":
        return this.#credits.contributions.run("signIn");
      case "snooze":
        return this.#credits.loaded?.snooze(notice.id);
      case "off":
        return this.#credits.settings.mute(notice.kind);
      case "model":
        return chosen.model === undefined ? undefined : this.#credits.settings.change("model", chosen.model);
      case "hand_over":
        await env.clipboard.writeText(notice.handOver ?? "");
        void window.showInformationMessage(l10n.t("Copied. Paste it where the work goes on."));
        return;
      case "open":
      case "get":
        // The ways to get credits are in the panel.
        return this.#credits.contributions.run("showAccount");
    }
  }
}
