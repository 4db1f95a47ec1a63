/**
 * The settings, read on each access, since they change while the editor runs. A setting that the extension's manifest declares is
 * the user's; for any other one the extension gives the value.
 */

import type { Budget, Cap, ClientOptions, Settings as ClientSettings } from "costrict-credit";
import { serverAddress } from "costrict-credit/panel-session";
import {
  type ConfigurationChangeEvent,
  ConfigurationTarget,
  type Disposable,
  EventEmitter,
  env,
  type Memento,
  workspace,
} from "vscode";

import { DEFAULT_PREFIX } from "./defaults.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_BASE_URL = "https://zgsm.sangfor.com";
/** What the user chose where the manifest declares no setting for it. */
const CHOICES_KEY = "choices";

export type StatusBarForm = "text" | "icon" | "hidden";
/** Whether the sign-in of CoStrict's plugin is used. */
export type PluginSignInConsent = "ask" | "always" | "never";
/** Settings that the user also changes in the panel, in commands and in notices. */
export type ChangeableSetting = "masked" | "language" | "model" | "mutedNotices" | "pluginSignIn";

/** Values of settings that the manifest does not declare. */
export interface SettingValues extends ClientOptions {
  /** BCP 47; the editor's language by default. */
  language?: string;
  /** Amounts are hidden. */
  masked?: boolean;
  /** The model for which costs are shown; "Auto" by default. */
  model?: string;
  /** "text" by default. */
  statusBar?: StatusBarForm;
  /** Turn and task in an item of the status bar of their own, while there is a task. False by default. */
  taskInStatusBar?: boolean;
  /** False: no notices. */
  notices?: boolean;
  /** Kinds of notices that are not shown. */
  mutedNotices?: string[];
  /** "ask" by default. */
  pluginSignIn?: PluginSignInConsent;
}

/** What a change is about: another client, options that the client takes while it lives, or just another look. */
export type SettingsChange = "client" | "options" | "look";

/** As the manifest names them. */
const CLIENT_SETTINGS = ["baseUrl"];
const OPTION_SETTINGS = [
  "budget",
  "usageThresholds",
  "expiryThresholdHours",
  "landingRequests",
  "notices",
  "mutedNotices",
];
/**
 * Values that need another client. `Host.token` does not name the server that the token is for, so a client whose base URL
 * changes could send one server's token to the other.
 */
const CLIENT_VALUES = ["baseUrl", "serverOffset"] as const satisfies readonly (keyof SettingValues)[];
const OPTION_VALUES = [
  "promotions",
  "waysToEarn",
  "budget",
  "usageThresholds",
  "expiryThresholds",
  "landingRequests",
] as const satisfies readonly (keyof ClientSettings)[];
/** The settings of each limit, with `warn` and `stop` below them. */
const CAPS = {
  perTask: "budget.perTask",
  perProject: "budget.perProject",
  perDay: "budget.perDay",
  perWeek: "budget.perWeek",
} satisfies Record<keyof Budget, string>;
/** The core's own, for a living client: it keeps what it is not given. */
const DEFAULT_OPTIONS = {
  budget: {},
  usageThresholds: [0.5, 0.75, 0.9, 0.95],
  expiryThresholds: [7 * DAY_MS, DAY_MS],
  landingRequests: 5,
} satisfies ClientSettings;

export class Settings implements Disposable {
  readonly #section: string;
  readonly #memory: Memento | undefined;
  readonly #changed = new EventEmitter<SettingsChange>();
  readonly #listening: Disposable;
  #values: SettingValues;

  readonly onDidChange = this.#changed.event;

  /** @param memory keeps what the user chooses in the panel where the manifest declares no setting for it */
  constructor(section = DEFAULT_PREFIX, values: SettingValues = {}, memory?: Memento) {
    this.#section = section;
    this.#values = values;
    this.#memory = memory;
    this.#listening = workspace.onDidChangeConfiguration((event) => {
      const change = this.#affectedBy(event);
      if (change !== undefined) this.#changed.fire(change);
    });
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }

  /** Other values for settings that the manifest does not declare; those left out stay as they are. */
  configure(values: SettingValues): void {
    this.#values = { ...this.#values, ...values };
    const isGiven = (name: keyof SettingValues) => Object.hasOwn(values, name);
    const isReset = OPTION_VALUES.some(
      (name) => isGiven(name) && values[name] === undefined && !Object.hasOwn(DEFAULT_OPTIONS, name),
    );
    if (isReset || CLIENT_VALUES.some(isGiven)) this.#changed.fire("client");
    else this.#changed.fire(OPTION_VALUES.some(isGiven) ? "options" : "look");
  }

  get #configuration() {
    return workspace.getConfiguration(this.#section);
  }

  get #choices(): SettingValues {
    return this.#memory?.get<SettingValues>(`${this.#section}.${CHOICES_KEY}`) ?? {};
  }

  /** A settings file is written by hand, too: callers check the type. Undefined where nothing is set or declared. */
  #read(name: keyof SettingValues): unknown {
    const declared = this.#configuration.get<unknown>(name);
    return declared === undefined ? (this.#choices[name] ?? this.#values[name]) : declared;
  }

  #text(name: keyof SettingValues): string {
    const found = this.#read(name);
    return typeof found === "string" ? found.trim() : "";
  }

  get masked(): boolean {
    return Boolean(this.#read("masked"));
  }

  get locale(): string {
    return this.#text("language") || env.language;
  }

  get model(): string {
    return this.#text("model") || "Auto";
  }

  get statusBar(): StatusBarForm {
    return (this.#read("statusBar") as StatusBarForm | undefined) ?? "text";
  }

  get taskInStatusBar(): boolean {
    return this.#read("taskInStatusBar") === true;
  }

  isNoticeEnabled(noticeKind: string): boolean {
    return this.#read("notices") !== false && !this.#muted.includes(noticeKind);
  }

  get #muted(): unknown[] {
    const found = this.#read("mutedNotices");
    return Array.isArray(found) ? found : [];
  }

  /** As the user wrote it. The token goes there, so the manifest must give it a scope that no workspace can set. */
  get baseUrl(): string {
    return (this.#read("baseUrl") as string | undefined) ?? DEFAULT_BASE_URL;
  }

  /** The server's address; undefined while the setting is none. */
  get server(): string | undefined {
    const found: unknown = this.baseUrl;
    return typeof found === "string" ? serverAddress(found) : undefined;
  }

  get pluginSignIn(): PluginSignInConsent {
    const found = this.#read("pluginSignIn");
    return found === "always" || found === "never" ? found : "ask";
  }

  /** As the user wrote them; the core validates. */
  get client(): ClientOptions {
    const given = Object.fromEntries(
      [...CLIENT_VALUES, ...OPTION_VALUES].flatMap((name) =>
        this.#values[name] === undefined ? [] : [[name, this.#values[name]]],
      ),
    ) as ClientOptions;
    const usage = this.#configuration.get<number[] | null>("usageThresholds") ?? null;
    const hours = this.#configuration.get<unknown>("expiryThresholdHours") ?? null;
    const landing = this.#configuration.get<number | null>("landingRequests") ?? null;
    const caps = Object.entries(CAPS).flatMap(([name, setting]) => {
      const found = cap(this.#configuration.get(setting));
      return found === undefined ? [] : [[name, found] as const];
    });
    return {
      ...given,
      baseUrl: this.baseUrl,
      ...(usage === null ? {} : { usageThresholds: usage }),
      ...(hours === null ? {} : { expiryThresholds: inMilliseconds(hours) }),
      ...(landing === null ? {} : { landingRequests: landing }),
      // A landing that is not shown must not take the place of other notices.
      ...(this.isNoticeEnabled("landing") ? {} : { landingRequests: 0 }),
      ...(caps.length === 0 ? {} : { budget: { ...given.budget, ...Object.fromEntries(caps) } }),
    };
  }

  /** For the client that lives: what is not set any more is the default again. */
  get options(): ClientSettings {
    const { baseUrl: _server, serverOffset: _offset, ...options } = this.client;
    return { ...DEFAULT_OPTIONS, ...options };
  }

  async change(name: ChangeableSetting, value: unknown): Promise<void> {
    const settings = this.#configuration;
    if (this.#memory !== undefined && settings.get<unknown>(name) === undefined) {
      await this.#memory.update(`${this.#section}.${CHOICES_KEY}`, { ...this.#choices, [name]: value });
      this.#changed.fire(OPTION_SETTINGS.includes(name) ? "options" : "look");
      return;
    }
    // A value of this workspace would hide the one that is written for the user.
    const inWorkspace = settings.inspect(name)?.workspaceValue !== undefined;
    await settings.update(name, value, inWorkspace ? ConfigurationTarget.Workspace : ConfigurationTarget.Global);
  }

  mute(noticeKind: string): Promise<void> {
    return this.change("mutedNotices", [...new Set([...this.#muted, noticeKind])]);
  }

  #affectedBy(event: ConfigurationChangeEvent): SettingsChange | undefined {
    if (!event.affectsConfiguration(this.#section)) return undefined;
    const isAffected = (name: string) => event.affectsConfiguration(`${this.#section}.${name}`);
    if (CLIENT_SETTINGS.some(isAffected)) return "client";
    return OPTION_SETTINGS.some(isAffected) ? "options" : "look";
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
