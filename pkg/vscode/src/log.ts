/** The extension's log, without anything that could be a token. */

import { type LogOutputChannel, window } from "vscode";

/** The state of a sign-in and the address that hands a sign-in over are secrets like the token. */
const SECRET_PARAMETER = /([?&](?:state|token|access_token|refresh_token|code)=)[^&\s"'<>]+/gi;
/** A signed token has three parts of base64url; the first begins as every JSON object does. */
const TOKEN = /\beyJ[\w-]*\.[\w-]+(\.[\w-]*)?/g;
const BEARER = /\bbearer\s+\S+/gi;

export type Level = "debug" | "info" | "warn" | "error";

export class Log {
  readonly channel: LogOutputChannel;

  constructor(name: string) {
    this.channel = window.createOutputChannel(name, { log: true });
  }

  write(level: Level, message: string): void {
    this.channel[level](redact(message));
  }

  failed(what: string, cause: unknown): void {
    this.write("error", `${what}: ${describe(cause)}`);
  }
}

export function redact(message: string): string {
  return message.replace(BEARER, "Bearer ***").replace(TOKEN, "***").replace(SECRET_PARAMETER, "$1***");
}

const CAUSES_MAX = 5;

/** A failed request has the message "fetch failed"; the reason, such as a certificate or a name, is in its causes. */
function describe(cause: unknown): string {
  const found: string[] = [];
  for (
    let error = cause;
    error !== undefined && error !== null && found.length < CAUSES_MAX;
    error = (error as { cause?: unknown }).cause
  ) {
    const { code, errors } = error as { code?: unknown; errors?: unknown };
    const text = error instanceof Error ? error.message : String(error);
    // One failure for each address of a host, and no message over them.
    const inner = Array.isArray(errors)
      ? errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join("; ")
      : "";
    found.push(
      [text, inner, typeof code === "string" && !text.includes(code) ? code : ""]
        .filter((part) => part !== "")
        .join(" "),
    );
  }
  return found.filter((text) => text !== "").join(": ");
}
