/** A host for a client in a Node program. */

import type { Host } from "costrict-credit";
import { hostStorage, type SharedStore } from "costrict-credit/panel-session";

import type { TokenSource } from "./token-sources.js";

export interface NodeHostOptions {
  /**
   * The server that the client is for: a token goes to no other. A function, which is called for each token, in a program that calls
   * `configure({ baseUrl })`.
   */
  server: string | (() => string);
  token: TokenSource;
  store: SharedStore;
  log?: NonNullable<Host["log"]>;
}

/** Storage, locks and token of a program, as `CreditClient` takes them. */
export function nodeHost({ server, token, store, log }: NodeHostOptions): Host {
  return {
    token: async () => (await token(typeof server === "function" ? server() : server))?.token,
    ...hostStorage(store),
    ...(log === undefined ? {} : { log }),
  };
}
