/** What an embedder did wrong, as an error with a code; shown in place of the panel unless the embedder handles the event. */

export type PanelErrorCode =
  /** Neither `client` nor `port` was set for a while, or the client could not be got. */
  | "no_client"
  /** `client` is neither a client nor a function that returns a promise of one. */
  | "invalid_client"
  /** The port throws or rejects: nothing reaches the session. */
  | "port_failed"
  /** `sections` has a name that is neither a section nor a group. */
  | "unknown_section"
  /** Page and session are of releases that do not understand each other: reload the page. */
  | "incompatible";

export class PanelError extends Error {
  override readonly name = "PanelError";
  readonly code: PanelErrorCode;

  constructor(code: PanelErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
