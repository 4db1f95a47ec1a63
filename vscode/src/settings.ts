/** The settings, read anew each time: they change while the editor runs. */

import type { Cap, ClientOptions } from "costrict-credit";
import { ConfigurationTarget, type ConfigurationChangeEvent, env, workspace } from "vscode";

export const SECTION = "costrictCredit";
const HOUR_MS = 3_600_000;

export type StatusBarForm = "text" | "icon" | "hidden";

/** Settings that make another client: the core takes its options once. */
const CLIENT_SETTINGS = ["baseUrl", "budget", "usageThresholds", "expiryThresholdHours"];

export class Settings {
  get #values() {
    return workspace.getConfiguration(SECTION);
  }

  get masked(): boolean {
    return this.#values.get<boolean>("masked", false);
  }

  get locale(): string {
    return this.#values.get<string>("language", "") || env.language;
  }

  get model(): string {
    return this.#values.get<string>("model", "") || "Auto";
  }

  get statusBar(): StatusBarForm {
    return this.#values.get<StatusBarForm>("statusBar", "text");
  }

  shows(noticeKind: string): boolean {
    return this.#values.get<boolean>("notices", true) && !this.#values.get<string[]>("mutedNotices", []).includes(noticeKind);
  }

  /** As the user wrote it. The token goes there, so that no workspace can set it. */
  get baseUrl(): string {
    return this.#values.get<string>("baseUrl", "");
  }

  /** As the user wrote them. The core says what is wrong with them. */
  get client(): ClientOptions {
    const usage = this.#values.get<number[] | null>("usageThresholds", null);
    const hours = this.#values.get<number[] | null>("expiryThresholdHours", null);
    const perTask = cap(this.#values.get("budget.perTask"));
    const perDay = cap(this.#values.get("budget.perDay"));
    return {
      baseUrl: this.baseUrl,
      ...(usage === null ? {} : { usageThresholds: usage }),
      ...(hours === null ? {} : { expiryThresholds: hours.map((number) => Math.round(number * HOUR_MS)) }),
      ...(perTask === undefined && perDay === undefined
        ? {}
        : { budget: { ...(perTask && { perTask }), ...(perDay && { perDay }) } }),
    };
  }

  change(name: "masked" | "language" | "model" | "mutedNotices", value: unknown): Thenable<void> {
    return this.#values.update(name, value, ConfigurationTarget.Global);
  }

  mute(noticeKind: string): Thenable<void> {
    return this.change("mutedNotices", [...new Set([...this.#values.get<string[]>("mutedNotices", []), noticeKind])]);
  }

  /** What a change is about: another client, or just another look. */
  static touched(event: ConfigurationChangeEvent): "client" | "look" | undefined {
    if (!event.affectsConfiguration(SECTION)) return undefined;
    return CLIENT_SETTINGS.some((name) => event.affectsConfiguration(`${SECTION}.${name}`)) ? "client" : "look";
  }
}

function cap(found: unknown): Cap | undefined {
  if (typeof found !== "object" || found === null) return undefined;
  const { warn, stop } = found as { warn?: number | null; stop?: number | null };
  const read = { ...(warn == null ? {} : { warn }), ...(stop == null ? {} : { stop }) };
  return Object.keys(read).length === 0 ? undefined : read;
}
