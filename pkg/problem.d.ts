/** What did not work, as the reader needs to know it. */

import type { Credits, Timestamp } from "./index.js";

/**
 * signed_out: no token. sign_in_again: the token is refused, expired or of the old kind. verifying: refused although its exp lies ahead.
 * forbidden: 403 without a known code. rate_limited, model_busy: wait. rejected: the server refused the request as wrong.
 * outcome_unknown: sent, no answer, and it must not be repeated. unsupported: this server does not have it.
 * server_error: the service says that it failed. unavailable: 502, 503, 504 or a gateway's page. malformed: an answer without the promised shape.
 * network: no answer. host: the host's own callback failed.
 */
export type ProblemKind =
  | "signed_out"
  | "sign_in_again"
  | "verifying"
  | "forbidden"
  | "model_forbidden"
  | "insufficient_credit"
  | "star_required"
  | "rate_limited"
  | "model_busy"
  | "rejected"
  | "outcome_unknown"
  | "unsupported"
  | "server_error"
  | "unavailable"
  | "malformed"
  | "network"
  | "host";

export interface Problem {
  kind: ProblemKind;
  /** The server's own code: at most 64 letters, digits, dots, dashes and low lines. Absent when what it sent is no code. */
  code?: string;
  /** The server's message, plain text, at most 200 characters, never HTML, never a token. For "network" why the connection
   *  failed, where it is known: certificate, proxy, name, refused and others, in English words. A list that was not loaded
   *  to its end says so here. */
  detail?: string;
  /** Not before this. */
  retryAt?: Timestamp;
  required?: Credits;
  available?: Credits;
}
