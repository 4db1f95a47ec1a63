/** An open account: the core over the shared storage, with the token that was found. */

import { setTimeout as sleep } from "node:timers/promises";

import { type Account, CreditClient, load, type RefreshTrigger, type ViewOptions } from "costrict-credit";
import {
  authJsonToken,
  environmentToken,
  FileStore,
  type FoundToken,
  fileToken,
  firstToken,
  nodeHost,
  StorageError,
  stdinToken,
  TokenFile,
  type TokenSource,
} from "costrict-credit/node";
import type { SharedStore } from "costrict-credit/panel-session";

import { type GlobalFlags, localeOf, serverOf, timeZoneOf } from "./environment.js";
import { CliError, ExitCode } from "./exit-code.js";
import { renewExpired, renewSignIn } from "./renewal.js";
import { TolerantStore } from "./store.js";
import { text } from "./texts.js";

/** Of the core's policy, between two requests. */
const REFRESH_INTERVAL_MIN_MS = 5_000;

/** What made-up data replaces. */
export interface SessionParts {
  server: string;
  token: TokenSource;
  store: SharedStore;
}

export class Session {
  readonly client: CreditClient;
  readonly server: string;
  readonly locale: string;
  readonly views: ViewOptions;
  readonly store: TolerantStore;
  readonly #token: TokenSource;
  /** The time that views are of; the clock's where it is absent. */
  #time: number | undefined;

  private constructor(flags: GlobalFlags, parts: SessionParts) {
    this.locale = localeOf(flags.lang);
    const timeZone = timeZoneOf(flags.timeZone, this.locale);
    this.views = {
      locale: this.locale,
      masked: flags.masked === true,
      ...(timeZone === undefined ? {} : { timeZone }),
    };
    this.server = parts.server;
    this.store = new TolerantStore(parts.store);
    this.#token = parts.token;
    const host = nodeHost({ server: this.server, token: this.#token, store: this.store });
    this.client = new CreditClient({ ...host, now: () => this.#time ?? Date.now() }, { baseUrl: this.server });
  }

  /** Opens the account from the storage. Sends no request. */
  static async open(flags: GlobalFlags, parts: SessionParts = partsOf(flags)): Promise<Session> {
    const [, found] = await Promise.all([load(), parts.token(parts.server)]);
    if (flags.tokenStdin === true && found === undefined)
      throw new CliError(ExitCode.wrongCall, text(localeOf(flags.lang), "noStdinToken"));
    const session = new Session(flags, parts);
    await session.client.open();
    return session;
  }

  async foundToken(): Promise<FoundToken | undefined> {
    return this.#token(this.server);
  }

  text(...args: Parameters<typeof text> extends [string, ...infer Rest] ? Rest : never): string {
    return text(this.locale, ...args);
  }

  /** Asks the server as far as the core's policy allows: a call in a loop is answered from the storage. */
  async refresh(trigger: RefreshTrigger = "open"): Promise<Account> {
    const isRenewed = await renewExpired(this);
    const account = await this.client.refresh(isRenewed ? "signed_in" : trigger);
    if (account.problem?.kind !== "sign_in_again" || !(await renewSignIn(this))) return account;
    // The refused request counts: within the policy's interval the answer would be the same.
    await sleep(REFRESH_INTERVAL_MIN_MS);
    return this.client.refresh("signed_in");
  }

  /**
   * The account as new as the policy allows.
   *
   * @throws a CliError where there is none to show
   */
  async requireAccount(trigger?: RefreshTrigger): Promise<Account> {
    const account = await this.refresh(trigger);
    if (account.state === "signed_out") throw new CliError(ExitCode.signedOut, this.text("signedOut"));
    if (account.state === "unknown") throw this.unanswered(account);
    return account;
  }

  /** Why there is no answer, in the core's words. */
  unanswered({ problem }: Pick<Account, "problem">): CliError {
    if (problem?.kind === "sign_in_again") return new CliError(ExitCode.signedOut, this.text("signInAgain"));
    if (problem?.kind === "signed_out") return new CliError(ExitCode.signedOut, this.text("signedOut"));
    const line = this.problemText();
    return new CliError(ExitCode.noAnswer, line ?? this.text("noAnswer"));
  }

  /** What the panel says of the problem of the last refresh. */
  problemText(): string | undefined {
    const { sections } = this.client.panel(this.views);
    for (const section of sections) {
      if ((section.kind !== "loading" && section.kind !== "balance") || section.problem === undefined) continue;
      const { title, text, detail } = section.problem;
      return problemSentence({ title, text, detail });
    }
    return undefined;
  }

  /** What `work` gets from views, were it that time now. It may not call what waits. */
  at<Result>(time: number, work: () => Result): Result {
    this.#time = time;
    try {
      return work();
    } finally {
      this.#time = undefined;
    }
  }

  close(): void {
    this.client.free();
  }
}

/** A problem in one line of stderr. */
export function problemSentence({
  title,
  text,
  detail,
}: {
  title: string;
  text: string;
  detail?: string | undefined;
}): string {
  return [title, [text, detail].filter(Boolean).join(" ")].filter((part) => part !== "").join(": ");
}

function partsOf(flags: GlobalFlags): SessionParts {
  const locale = localeOf(flags.lang);
  const server = serverOf(flags.server, locale);
  if (flags.tokenStdin === true && process.stdin.isTTY === true)
    throw new CliError(ExitCode.wrongCall, text(locale, "stdinTerminal"));
  try {
    const token =
      flags.tokenStdin === true
        ? stdinToken()
        : firstToken(environmentToken(), fileToken(new TokenFile()), authJsonToken());
    return { server, token, store: new FileStore() };
  } catch (cause) {
    if (cause instanceof StorageError && cause.code === "no_home")
      throw new CliError(ExitCode.wrongCall, text(locale, "noHome"));
    throw cause;
  }
}
