/**
 * The names that an extension's manifest contributes, all from one prefix: commands, view, settings, context keys. What the
 * manifest does not declare is left out, or works without it where the editor allows that.
 */

import { commands, type ExtensionContext } from "vscode";

import { DEFAULT_PREFIX, DEFAULT_TOOL_PREFIX } from "./defaults.js";
import { l10n } from "./l10n.js";

/** In the status bar. */
export const ICON = "$(credit-card)";

/** The commands that `createCredits` registers, each as `<prefix>.<name>`. */
export const COMMAND_NAMES = [
  "showAccount",
  "openPanel",
  "refresh",
  "compareModels",
  "chooseModel",
  "exportHistory",
  "giveVoucher",
  "redeemVoucher",
  "toggleMask",
  "signIn",
  "signOut",
  "showLog",
] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];

export const TOOL_NAMES = ["status", "estimate", "forecast", "task"] as const;

export type ToolName = (typeof TOOL_NAMES)[number];

/** In English a text; in other languages the editor keeps the English one beside it. */
type Title = string | { value: string; original: string };

interface Manifest {
  displayName?: string;
  version?: string;
  contributes?: {
    commands?: { command: string; title: Title }[];
    views?: Record<string, { id: string }[]>;
    authentication?: { id: string; label: string }[];
    languageModelTools?: { name: string }[];
  };
}

/** Used for commands that the manifest gives no title. */
function defaultTitle(name: string): string | undefined {
  switch (name as CommandName) {
    case "showAccount":
      return l10n.t("Show credits");
    case "openPanel":
      return l10n.t("Open credits in a tab");
    case "refresh":
      return l10n.t("Refresh credits");
    case "compareModels":
      return l10n.t("Compare models for the selection or the clipboard");
    case "chooseModel":
      return l10n.t("Choose a model by price");
    case "exportHistory":
      return l10n.t("Export usage or the Credit Record");
    case "giveVoucher":
      return l10n.t("Give credits away");
    case "redeemVoucher":
      return l10n.t("Redeem a voucher");
    case "toggleMask":
      return l10n.t("Hide or show amounts");
    case "signIn":
      return l10n.t("Sign in to CoStrict credits");
    case "signOut":
      return l10n.t("Sign out of CoStrict credits");
    case "showLog":
      return l10n.t("Show the credits log");
    default:
      return undefined;
  }
}

export class Contributions {
  readonly #prefix: string;
  readonly #toolPrefix: string;
  readonly #manifest: Manifest;
  readonly #titles: ReadonlyMap<string, string>;

  constructor(context: Pick<ExtensionContext, "extension">, prefix = DEFAULT_PREFIX, toolPrefix = DEFAULT_TOOL_PREFIX) {
    this.#prefix = prefix;
    this.#toolPrefix = toolPrefix;
    this.#manifest = (context.extension.packageJSON ?? {}) as Manifest;
    this.#titles = new Map(
      (this.#manifest.contributes?.commands ?? []).map(({ command, title }) => [
        command,
        typeof title === "string" ? title : title.value,
      ]),
    );
  }

  /** The extension's name for people. */
  get displayName(): string {
    return this.#manifest.displayName ?? "CoStrict";
  }

  get version(): string {
    return this.#manifest.version ?? "0.0.0";
  }

  /** The section of the settings, the id of the account provider, and what every other name begins with. */
  get prefix(): string {
    return this.#prefix;
  }

  /** The view in the side bar. */
  get view(): string {
    return `${this.#prefix}.account`;
  }

  get hasView(): boolean {
    const views = Object.values(this.#manifest.contributes?.views ?? {}).flat();
    return views.some(({ id }) => id === this.view);
  }

  /** The panel as an editor tab. */
  get tab(): string {
    return `${this.#prefix}.panel`;
  }

  /** What the status bar item of turn and task is called. */
  get taskItemName(): string {
    return l10n.t("turn and task");
  }

  /** The token in the secret storage. */
  get secret(): string {
    return `${this.#prefix}.token`;
  }

  /** Context key: there is nothing to sign out of. */
  get signedOutKey(): string {
    return `${this.#prefix}.signedOut`;
  }

  /** Context key: a step of a walkthrough is done. Not the opposite of the one above: before the start both are unset. */
  get signedInKey(): string {
    return `${this.#prefix}.signedIn`;
  }

  /** The label under which the manifest declares the account provider; undefined where it declares none. */
  get accountLabel(): string | undefined {
    return this.#manifest.contributes?.authentication?.find(({ id }) => id === this.#prefix)?.label;
  }

  command(name: string): string {
    return `${this.#prefix}.${name}`;
  }

  async run(name: CommandName): Promise<void> {
    await commands.executeCommand(this.command(name));
  }

  /** The title of a command, as the editor has put it into its language. */
  title(name: string): string {
    return this.#titles.get(this.command(name)) ?? defaultTitle(name) ?? this.command(name);
  }

  setting(name: string): string {
    return `${this.#prefix}.${name}`;
  }

  tool(name: ToolName): string {
    return `${this.#toolPrefix}_${name}`;
  }

  hasTool(name: ToolName): boolean {
    return this.#manifest.contributes?.languageModelTools?.some((tool) => tool.name === this.tool(name)) === true;
  }
}
