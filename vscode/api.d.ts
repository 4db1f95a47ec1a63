/**
 * What `vscode.extensions.getExtension<CreditsApi>("costrict-credit.costrict-credit-vscode")` gives once it is activated.
 * Copy this file into an extension that wants to use it; the types of `costrict-credit` come from npm.
 */

import type { Account, CreditClient } from "costrict-credit";
import type { Event } from "vscode";

export interface CreditsApi {
  /** Rises when something that is here is changed or taken away. What is added does not raise it. */
  readonly version: 1;
  /**
   * The client of this window. Loads the core when it is the first to ask. Never call `free()` on it.
   * Rejects with a CreditError of code "invalid_input" while a setting, such as the server's address, is wrong. A client
   * that lives goes on without a new budget or threshold that is wrong.
   */
  client(): Promise<CreditClient>;
  /** Another state of the account; also after a refresh that brought nothing new. */
  readonly onDidChange: Event<Account>;
  /** Another server, and with it another client: the one from before is freed, ask for the new one. Budgets, thresholds and
   *  promotions change in the client that there is. */
  readonly onDidReplace: Event<void>;
  /** Says which task is in progress, for the status bar's item of turn and task and for the assistants' tools; undefined between tasks. */
  setTask(task: { id: string; title?: string; project?: string } | undefined): void;
}
