/** Keeping a sign-in alive: a token that has ended is renewed once, by one window. */

import type { Account } from "costrict-credit";
import {
  acquireWindowLock,
  isConfidential,
  isTokenPair,
  type Release,
  renewToken,
  revokeToken,
  type SharedStore,
} from "costrict-credit/panel-session";
import type { Disposable } from "vscode";

import type { Credits } from "./credits.js";
import type { Log } from "./log.js";
import type { TokenStore } from "./token-store.js";

const LOCK_NAME = "renewal";
const LOCK_TTL_MS = 30_000;
/** While another window has its turn. */
const LOCK_RETRY_MS = 250;
/** A window that was killed in its turn has lost it by then. */
const LOCK_WAIT_MAX_MS = 2 * LOCK_TTL_MS;
/** After a failure that may pass; doubled each time. */
const RETRY_DELAY_MIN_MS = 5_000;
const RETRY_DELAY_MAX_MS = 300_000;
/** In the shared storage: which renewal was sent. */
const SENT_KEY = "renewal-sent";

/** done: there is a new token, or none to wait for. later: it may work the next time. */
type RenewalResult = "done" | "later";

interface Sent {
  fingerprint: string;
  at: number;
  /** The server has answered: this renewal is used up. */
  isAnswered: boolean;
}

export class TokenRenewal implements Disposable {
  readonly #credits: Credits;
  readonly #tokens: TokenStore;
  readonly #store: SharedStore;
  readonly #log: Log;
  readonly #listening: Disposable;
  /** Something was done about the refused token already. The refusal stays in the account until the next reading. */
  #isHandled = false;
  #retryDelayMs = RETRY_DELAY_MIN_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #disposed = false;

  constructor(credits: Credits, tokens: TokenStore, store: SharedStore, log: Log) {
    this.#credits = credits;
    this.#tokens = tokens;
    this.#store = store;
    this.#log = log;
    this.#listening = credits.onDidChange((account) => void this.#keepAlive(account));
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#listening.dispose();
  }

  async #keepAlive(account: Account): Promise<void> {
    if (account.problem?.kind !== "sign_in_again") {
      this.#isHandled = false;
      this.#retryDelayMs = RETRY_DELAY_MIN_MS;
      clearTimeout(this.#timer);
      return;
    }
    if (this.#isHandled || this.#disposed) return;
    this.#isHandled = true;
    const ending = await this.#attempt().catch((cause: unknown): RenewalResult => {
      this.#log.failed("renewing the sign-in", cause);
      return "later";
    });
    if (ending === "later") this.#retryLater(account);
  }

  #retryLater(account: Account): void {
    clearTimeout(this.#timer);
    if (this.#disposed) return;
    this.#timer = setTimeout(() => {
      this.#isHandled = false;
      void this.#keepAlive(this.#credits.loaded?.account() ?? account);
    }, this.#retryDelayMs);
    this.#retryDelayMs = Math.min(2 * this.#retryDelayMs, RETRY_DELAY_MAX_MS);
  }

  /** Waits for a turn. By then another window may have renewed: its token is on the way to this one. */
  async #attempt(): Promise<RenewalResult> {
    const base = this.#credits.server;
    if (base === undefined || !isConfidential(base)) return "done";
    const renewal = await this.#tokens.renewal(base);
    if (renewal === undefined) return "done";
    const fingerprint = await fingerprintOf(renewal);
    const end = Date.now() + LOCK_WAIT_MAX_MS;
    while (!this.#disposed) {
      if (await this.#isSettled(base, renewal, fingerprint)) return "done";
      const release = await acquireWindowLock(this.#store, LOCK_NAME, LOCK_TTL_MS);
      if (release !== undefined) return this.#renewUnderLock(release, base, renewal, fingerprint);
      if (Date.now() > end) return "later";
      await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS * (1 + Math.random())));
    }
    return "done";
  }

  async #renewUnderLock(release: Release, base: string, renewal: string, fingerprint: string): Promise<RenewalResult> {
    try {
      if (await this.#isSettled(base, renewal, fingerprint)) return "done";
      return await this.#send(base, renewal, fingerprint);
    } finally {
      await release();
    }
  }

  /**
   * Whether this renewal is not to be sent any more. The token may have been replaced; and where windows cannot see each
   * other's secrets, the shared storage records that it was sent. A server that detects reuse would end the sign-in.
   */
  async #isSettled(base: string, renewal: string, fingerprint: string): Promise<boolean> {
    if ((await this.#tokens.renewal(base)) !== renewal) return true;
    const sent = readSent(await this.#store.read(SENT_KEY));
    if (sent?.fingerprint !== fingerprint) return false;
    // A window that ended in the middle may not have sent it.
    return sent.isAnswered || Math.abs(Date.now() - sent.at) < LOCK_TTL_MS;
  }

  async #send(base: string, renewal: string, fingerprint: string): Promise<RenewalResult> {
    const note = (isAnswered: boolean) =>
      this.#store.write(SENT_KEY, JSON.stringify({ fingerprint, at: Date.now(), isAnswered } satisfies Sent));
    await note(false);
    let reply: Awaited<ReturnType<typeof renewToken>>;
    try {
      reply = await renewToken(base, renewal);
    } catch (cause) {
      await this.#store.write(SENT_KEY, undefined);
      throw cause;
    }
    if (!isTokenPair(reply) && reply !== "refused") {
      await this.#store.write(SENT_KEY, undefined);
      return reply === "absent" ? "done" : "later";
    }
    await note(true);
    if (reply === "refused") return "done";
    // Signed out, or in again, meanwhile: that was meant, and what came for the sign-in before is given back.
    if ((await this.#tokens.renewal(base)) !== renewal)
      await revokeToken(base, reply.token).catch((cause: unknown) =>
        this.#log.failed("signing out at the server", cause),
      );
    else await this.#tokens.save(reply, base);
    return "done";
  }
}

/** Enough to recognise a renewal by, and nothing that leads back to it. */
async function fingerprintOf(renewal: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(renewal));
  return [...new Uint8Array(hash).subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readSent(text: string | undefined): Sent | undefined {
  try {
    const { fingerprint, at, isAnswered } = JSON.parse(text ?? "{}") as Partial<Sent>;
    return typeof fingerprint === "string" && typeof at === "number"
      ? { fingerprint, at, isAnswered: isAnswered === true }
      : undefined;
  } catch {
    return undefined;
  }
}
