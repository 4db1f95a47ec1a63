/** The extension's log, without anything that could be a token. */

import { type LogOutputChannel, window } from "vscode";

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
    this.write("error", `${what}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

export function redact(message: string): string {
  return message.replace(BEARER, "Bearer ***").replace(TOKEN, "***");
}
