/** What `createCredits` gives an extension. */

import type { Account, CreditClient, RefreshTrigger } from "costrict-credit";
import type { SessionPort } from "costrict-credit/panel-session";
import type { Disposable, Event, StatusBarItem, Uri } from "vscode";

import type { Credits, CurrentTask } from "./credits.js";
import type { PanelLink } from "./panel-link.js";
import type { SettingValues } from "./settings.js";

/** The account panel. */
export interface PanelActions {
  /** The panel as an editor tab. */
  open(): Promise<void>;
  /** The panel where the manifest puts it: in the side bar, or as a tab where it declares no view. */
  show(): Promise<void>;
  /** The panel in a page of the extension's own, over any transport. Resolves once the panel is connected. */
  connect(port: SessionPort): Promise<PanelLink>;
}

export interface CreditsHandle extends Disposable {
  /** Resolves when the start is over: a signed-in user's account is open, or the user is signed out. Never rejects;
   *  the status bar and the log say what failed. */
  readonly ready: Promise<void>;
  /**
   * The client of this window. Loads the core when it is the first to ask. Never call `free()` on it.
   * Rejects with a CreditError of code "invalid_input" while a setting, such as the server's address, is wrong. A client
   * that lives goes on without a new budget or threshold that is wrong.
   */
  client(): Promise<CreditClient>;
  /** The account as it is known now; undefined until the client is loaded. */
  readonly account: Account | undefined;
  /** Another state of the account; also after a refresh that brought nothing new. */
  readonly onDidChange: Event<Account>;
  /** Another server, and with it another client: the one from before is freed, ask for the new one. Budgets, thresholds and
   *  promotions change in the client that there is. */
  readonly onDidReplace: Event<void>;
  readonly panel: PanelActions;
  /** Absent where the options leave it out. */
  readonly statusBar: StatusBarItem | undefined;
  /** The client with everything around it, for commands and pages of the extension's own. */
  credits(): Promise<Credits>;
  refresh(trigger: RefreshTrigger): Promise<void>;
  /**
   * Says which task the extension works on, for the status bar's item of turn and task and for the assistants' tools; undefined
   * between tasks. Requests name their task in the draft.
   *
   * ```ts
   * credits.setTask({ id: "42", title: "Rename the parser", project: "acme" });
   * const spend = (await credits.client()).begin({ model, text, task: { id: "42", title: "Rename the parser", project: "acme" } });
   * ```
   */
  setTask(task: CurrentTask | undefined): void;
  /** A request of the extension has ended: reads the balance when the server can know of it. */
  recordTurnEnd(): void;
  /** Other values for settings that the manifest does not declare. */
  configure(settings: SettingValues): void;
  /** Rejects where it fails. */
  signIn(): Promise<void>;
  /** Forgets the account and its token. */
  signOut(): Promise<void>;
  /** An address of the extension was opened, where the extension handles them itself (`uriHandler: false`). */
  handleUri(uri: Uri): Promise<void>;
}
