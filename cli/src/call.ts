/** One call of a command: its options, its account, its output. */

import type { PanelOptions, PanelView, Section } from "costrict-credit";
import { StorageError } from "costrict-credit/node";

import { type GlobalFlags, localeOf } from "./environment.js";
import type { ExitCode } from "./exit-code.js";
import { Session, type SessionParts } from "./session.js";
import { storageText, text } from "./texts.js";
import { Writer } from "./writer.js";

/** A command: prints, and answers with the exit code. */
export type Command<Flags = unknown> = (call: Call, flags: Flags, args: string[]) => Promise<ExitCode>;

type SectionOf<Kind extends Section["kind"]> = Extract<Section, { kind: Kind }>;

export class Call {
  readonly flags: GlobalFlags;
  readonly out: Writer;
  readonly locale: string;
  readonly #parts: SessionParts | undefined;
  #session: Session | undefined;

  /**
   * @param parts made-up data in place of an account
   * @param isTerminal whether stdout is a terminal
   */
  constructor(flags: GlobalFlags, parts?: SessionParts, isTerminal?: boolean) {
    this.flags = flags;
    this.out = new Writer(flags, isTerminal);
    this.locale = localeOf(flags.lang);
    this.#parts = parts;
  }

  async session(): Promise<Session> {
    this.#session ??= await Session.open(this.flags, this.#parts);
    return this.#session;
  }

  text(...args: Parameters<typeof text> extends [string, ...infer Rest] ? Rest : never): string {
    return text(this.locale, ...args);
  }

  async panel(options: Partial<PanelOptions> = {}): Promise<PanelView> {
    const { client, views } = await this.session();
    return client.panel({ ...views, ...options });
  }

  /** Says what could not be stored, and ends the session. */
  end(): void {
    const failure = this.#session?.store.failure;
    if (failure instanceof StorageError) this.out.warn(this.text("storeFailed", storageText(this.locale, failure)));
    this.#session?.close();
  }
}

export function sectionOf<Kind extends Section["kind"]>(panel: PanelView, kind: Kind): SectionOf<Kind> | undefined {
  return panel.sections.find((section): section is SectionOf<Kind> => section.kind === kind);
}
