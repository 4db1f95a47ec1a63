/** Where tokens come from: the library's own sign-in, or the one that the extension has. */

import type { Disposable } from "vscode";

/**
 * The tokens that a client sends.
 *
 * Invariant: a token goes to the server that gave it and to no other, so each call names the server.
 */
export interface Tokens {
  /** The token for this server; undefined while the user is signed out there, or the server's address is not valid. */
  get(server: string | undefined): Promise<string | undefined> | string | undefined;
  /** Another token, or none any more. */
  onDidChange(listener: () => void): Disposable;
  /** Forgets the token, after what is stored of the account was forgotten. */
  remove?(): Promise<void>;
}

/** The sign-in of the extension itself, in place of the library's. */
export interface ExtensionTokens extends Tokens {
  /** What the command, the panel and the status bar start. */
  signIn(): unknown;
}
