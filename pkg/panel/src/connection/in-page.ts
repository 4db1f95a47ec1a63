/** A session in the page itself, beside its client. */

import type { CreditClient } from "costrict-credit";
import { type ClientSource, connectPanel, inProcessPort, type PanelHost } from "costrict-credit/panel-session";

import type { PanelPort } from "../port.js";

export interface InPageSession {
  readonly port: PanelPort;
  stop(): void;
}

export const isClientSource = (value: unknown): value is ClientSource =>
  typeof value === "function" || typeof (value as Partial<CreditClient> | null)?.openPanel === "function";

export function startSession(client: ClientSource, host: PanelHost): InPageSession {
  const { page, session } = inProcessPort();
  const connection = connectPanel(client, session, host);
  return { port: page, stop: () => connection.stop() };
}
