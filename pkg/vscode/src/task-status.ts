/** Turn and task in a status bar item of their own: made when the setting asks for it, hidden between tasks. */

import { type Disposable, StatusBarAlignment, type StatusBarItem, window } from "vscode";

import type { Credits } from "./credits.js";
import type { CreditsOptions } from "./options.js";
import { background } from "./status-bar.js";
import { escapeMarkup } from "./strings.js";

export class TaskStatus implements Disposable {
  readonly #credits: Credits;
  readonly #place: { alignment: StatusBarAlignment; priority: number };
  readonly #disposables: Disposable[];
  #item: StatusBarItem | undefined;

  /** @param place of the item with the balance; this one is beside it */
  constructor(credits: Credits, place: Exclude<CreditsOptions["statusBar"], false> = {}) {
    this.#credits = credits;
    this.#place = {
      alignment: place.alignment ?? StatusBarAlignment.Right,
      priority: (place.priority ?? 100) - 1,
    };
    const show = () => this.show();
    this.#disposables = [credits.onDidChange(show), credits.onDidRestyle(show), credits.onDidReplace(show)];
    this.show();
  }

  show(): void {
    const { loaded: client, settings, task, view } = this.#credits;
    const status =
      client === undefined || task === undefined || !settings.taskInStatusBar
        ? undefined
        : client.taskStatus(task.id, view);
    if (status === undefined) {
      this.#item?.hide();
      return;
    }
    this.#item ??= this.#create();
    this.#item.text = escapeMarkup(status.text);
    this.#item.tooltip = status.tooltip;
    this.#item.accessibilityInformation = { label: status.tooltip };
    this.#item.backgroundColor = background(status.severity);
    this.#item.show();
  }

  #create(): StatusBarItem {
    const { contributions } = this.#credits;
    const item = window.createStatusBarItem("task", this.#place.alignment, this.#place.priority);
    // By this name the editor offers to hide it, beside the one with the balance.
    item.name = `${contributions.displayName}: ${contributions.taskItemName}`;
    item.command = contributions.command("showAccount");
    return item;
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#item?.dispose();
  }
}
