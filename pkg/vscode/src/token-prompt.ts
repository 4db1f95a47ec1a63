/** The box for a pasted token. What is wrong with the token is shown in the box while it is open, and not after it. */

import { readClaims, readToken } from "costrict-credit/panel-session";
import { type InputBox, InputBoxValidationSeverity, window } from "vscode";

import { l10n } from "./l10n.js";

/** Result of asking the server: refused for good, or not answered, with the reason in the core's words. */
export type TokenVerdict = { kind: "accepted" } | { kind: "refused" } | { kind: "unchecked"; reason: string };

export interface TokenPromptOptions {
  title: string;
  /** The server's name for people. */
  host: string;
  check: (token: string) => Promise<TokenVerdict>;
}

/** Asks for a token until the server accepts one; undefined when the user leaves the box. */
export function askForToken(options: TokenPromptOptions): Promise<string | undefined> {
  const box = window.createInputBox();
  box.title = options.title;
  box.prompt = purpose();
  box.password = true;
  box.ignoreFocusOut = true;
  const prompt = new TokenPrompt(box, options);
  box.show();
  return prompt.result.finally(() => box.dispose());
}

function purpose(): string {
  return l10n.t("Paste the token of your CoStrict account. It is kept in the editor's secret storage only.");
}

class TokenPrompt {
  readonly result: Promise<string | undefined>;
  readonly #box: InputBox;
  readonly #options: TokenPromptOptions;
  #finish: (token: string | undefined) => void = () => {};
  /** The server could not check this one: entered again, it is taken as it is. */
  #unchecked: string | undefined;

  constructor(box: InputBox, options: TokenPromptOptions) {
    this.#box = box;
    this.#options = options;
    this.result = new Promise((resolve) => {
      this.#finish = resolve;
    });
    box.onDidChangeValue((text) => {
      box.validationMessage = text.trim() === "" ? undefined : tokenFault(text);
    });
    box.onDidAccept(() => void this.#accept());
    box.onDidHide(() => this.#finish(undefined));
  }

  async #accept(): Promise<void> {
    const box = this.#box;
    if (box.busy || box.value.trim() === "") return;
    const token = readToken(box.value);
    const fault = tokenFault(box.value);
    if (token === undefined || fault !== undefined) {
      box.validationMessage = fault;
      return;
    }
    if (token === this.#unchecked) return this.#finish(token);
    const verdict = await this.#check(token);
    if (verdict.kind === "accepted") return this.#finish(token);
    if (verdict.kind === "refused") {
      box.validationMessage = l10n.t(
        "{0} does not accept this token. Copy it again, or get a new one.",
        this.#options.host,
      );
      return;
    }
    this.#unchecked = token;
    box.validationMessage = {
      message: `${verdict.reason} ${l10n.t("Press Enter again to sign in without this check.")}`,
      severity: InputBoxValidationSeverity.Warning,
    };
  }

  async #check(token: string): Promise<TokenVerdict> {
    const box = this.#box;
    box.busy = true;
    box.enabled = false;
    box.validationMessage = undefined;
    box.prompt = l10n.t("Checking the token at {0}…", this.#options.host);
    try {
      return await this.#options.check(token);
    } catch (cause) {
      return { kind: "unchecked", reason: cause instanceof Error ? cause.message : String(cause) };
    } finally {
      box.busy = false;
      box.enabled = true;
      box.prompt = purpose();
    }
  }
}

/** What is wrong with a pasted text as a token, as far as it can be read here. */
function tokenFault(pasted: string): string | undefined {
  const token = readToken(pasted);
  if (token === undefined) return l10n.t("This is not a token: it has spaces or signs that no token has.");
  const { isReadable, id, expiresAt } = readClaims(token);
  if (!isReadable) return l10n.t("This is not a token of a CoStrict account: a part of it is missing or changed.");
  if (id === undefined) return l10n.t("This token is of an older kind that names no account. Get a new one.");
  if (expiresAt !== undefined && expiresAt <= Date.now())
    return l10n.t("This token expired on {0}. Get a new one.", new Date(expiresAt).toLocaleString());
  return undefined;
}
