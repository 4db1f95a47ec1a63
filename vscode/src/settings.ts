/** The settings, read on each access, since they change while the editor runs. */

import type { Cap, ClientOptions } from "costrict-credit";
import { serverAddress } from "costrict-credit/panel-session";
import { type ConfigurationChangeEvent, ConfigurationTarget, env, workspace } from "vscode";

import { SECTION } from "./ids.js";

const HOUR_MS = 3_600_000;

export type StatusBarForm = "text" | "icon" | "hidden";
/** Whether the sign-in of CoStrict's plugin is used. */
export type PluginSignInConsent = "ask" | "always" | "never";

/** Settings that make another client: the core takes its options once. */
const CLIENT_SETTINGS = ["baseUrl", "budget", "usageThresholds", "expiryThresholdHours"];

export class Settings {
  get #values() {
    return workspace.getConfiguration(SECTION);
  }

  /** A settings file is written by hand, too: what is of another kind is as if it were not there. */
  #text(name: string): string {
    const found = this.#values.get<unknown>(name);
    return typeof found === "string" ? found.trim() : "";
  }

  get masked(): boolean {
    return Boolean(this.#values.get<unknown>("masked"));
  }

  get locale(): string {
    return this.#text("language") || env.language;
  }

  get model(): string {
    return this.#text("model") || "Auto";
  }

  get statusBar(): StatusBarForm {
    return this.#values.get<StatusBarForm>("statusBar", "text");
  }

  isNoticeEnabled(noticeKind: string): boolean {
    return this.#values.get<unknown>("notices") !== false && !this.#muted.includes(noticeKind);
  }

  get #muted(): unknown[] {
    const found = this.#values.get<unknown>("mutedNotices");
    return Array.isArray(found) ? found : [];
  }

  /** As the user wrote it. The token goes there, so that no workspace can set it. */
  get baseUrl(): string {
    return this.#values.get<string>("baseUrl", "");
  }

  /** The server's address; undefined while the setting is none. */
  get server(): string | undefined {
    const found = this.#values.get<unknown>("baseUrl");
    return typeof found === "string" ? serverAddress(found) : undefined;
  }

  get pluginSignIn(): PluginSignInConsent {
    const found = this.#values.get<unknown>("pluginSignIn");
    return found === "always" || found === "never" ? found : "ask";
  }

  /** As the user wrote them; the core validates. */
  get client(): ClientOptions {
    const usage = this.#values.get<number[] | null>("usageThresholds", null);
    const hours = this.#values.get<unknown>("expiryThresholdHours", null);
    const perTask = cap(this.#values.get("budget.perTask"));
    const perDay = cap(this.#values.get("budget.perDay"));
    return {
      baseUrl: this.baseUrl,
      ...(usage === null ? {} : { usageThresholds: usage }),
      ...(hours === null ? {} : { expiryThresholds: inMilliseconds(hours) }),
      ...(perTask === undefined && perDay === undefined
        ? {}
        : { budget: { ...(perTask && { perTask }), ...(perDay && { perDay }) } }),
    };
  }

  change(name: "masked" | "language" | "model" | "mutedNotices" | "pluginSignIn", value: unknown): Thenable<void> {
    const values = this.#values;
    // A value of this workspace would hide the one that is written for the user.
    const inWorkspace = values.inspect(name)?.workspaceValue !== undefined;
    return values.update(name, value, inWorkspace ? ConfigurationTarget.Workspace : ConfigurationTarget.Global);
  }

  mute(noticeKind: string): Thenable<void> {
    return this.change("mutedNotices", [...new Set([...this.#muted, noticeKind])]);
  }

  /** What a change is about: another client, or just another look. */
  static affectedBy(event: ConfigurationChangeEvent): "client" | "look" | undefined {
    if (!event.affectsConfiguration(SECTION)) return undefined;
    return CLIENT_SETTINGS.some((name) => event.affectsConfiguration(`${SECTION}.${name}`)) ? "client" : "look";
  }
}

/** What is no list of numbers goes to the core as it is. */
function inMilliseconds(hours: unknown): number[] {
  return (
    Array.isArray(hours)
      ? hours.map((number: unknown) => (typeof number === "number" ? Math.round(number * HOUR_MS) : number))
      : hours
  ) as number[];
}

function cap(found: unknown): Cap | undefined {
  if (typeof found !== "object" || found === null) return undefined;
  const { warn, stop } = found as { warn?: number | null; stop?: number | null };
  const read = { ...(warn == null ? {} : { warn }), ...(stop == null ? {} : { stop }) };
  return Object.keys(read).length === 0 ? undefined : read;
}
