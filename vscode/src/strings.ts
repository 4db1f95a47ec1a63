/** The few words that are the extension's own; all words about credits come from the core's views. */

import type { ExtensionContext } from "vscode";

/** In English a text; in other languages the editor keeps the English one beside it. */
type Title = string | { value: string; original: string };

let titles = new Map<string, string>();

/** Takes the titles of the commands as the editor has put them into its language. */
export function loadCommandTitles(context: ExtensionContext): void {
  const { contributes } = context.extension.packageJSON as {
    contributes?: { commands?: { command: string; title: Title }[] };
  };
  titles = new Map(
    (contributes?.commands ?? []).map(({ command, title: found }) => [
      command,
      typeof found === "string" ? found : found.value,
    ]),
  );
}

export function commandTitle(command: string): string {
  return titles.get(command) ?? command;
}

/**
 * Text as text. The editor makes icons of `$(name)` in labels, and links, also to commands, of `[words](address)` in messages
 * and prompts. A server's words, such as the name of a model or a grant, must become neither.
 */
export function escapeMarkup(text: string): string {
  return text.replaceAll("$(", "$\u200b(").replaceAll("](", "]\u200b(");
}

/** Text as text in Markdown: no markup, no cell of a table, no address that becomes a link. */
export function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[!-/:-@[-`{-~]/g, "\\$&");
}

const DISPLAY_NAME_MAX_LENGTH = 100;

/** A name from a token, for a menu: one line, without characters that turn or hide what is beside them. */
export function displayName(name: string): string {
  const characters = [...name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim()];
  return escapeMarkup(characters.slice(0, DISPLAY_NAME_MAX_LENGTH).join(""));
}
