/** Texts that are not ours, made safe for the editor. */

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

/** What went wrong, for a message. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
