/** What a panel session needs from its environment, a browser page or an extension, besides the client. */

import type {
  CapUse,
  Credits,
  Draft,
  PanelOptions,
  PanelView,
  Spend,
  TransferConfirmation,
  VoucherSection,
} from "costrict-credit";

import type { Reader } from "./messages.js";

/** A voucher that was made, with its code. */
export type CreatedVoucher = NonNullable<VoucherSection["give"]["result"]>;

/** What the user chose for all panels. */
export type Preference = "masked" | "locale";

/** A prompt of the box of the panel. */
export interface Prompt {
  text: string;
  model: string;
  /** The task that the panel is about: begin the request with it. */
  taskId?: string;
}

/** What a host needs to send a prompt of a panel. */
export interface SendContext {
  /** The panel with the estimate of this prompt. */
  readonly view: PanelView;
  /** To be called once the prompt is on its way, so that the panel clears the box. */
  accepted(): void;
  /** Begins the request on the panel, which then shows why it was refused. */
  begin(draft: Draft): Spend;
  /** As `begin`, but decided over all windows of the user: two of them do not pass a stop limit together. */
  reserve(draft: Draft): Promise<Spend>;
}

/**
 * What the panel needs from its environment. Five functions are required; each of the others adds something. A function that
 * throws or rejects shows in the panel as an action that failed, and nothing else breaks.
 */
export interface PanelHost {
  /** What shows the panel, which decides what the settings say about the sign-in; absent: a page. */
  readonly surface?: NonNullable<PanelOptions["surface"]>;
  /** BCP 47, of the editor or browser. */
  locale(): string;
  /** False when there is no file after all: the user left the dialog, or was shown why it could not be written. */
  saveFile(name: string, type: string, text: string): Promise<boolean>;
  /** Rejects when the clipboard refuses. */
  copy(text: string): Promise<void>;
  /** Opens an address in the browser. It may carry the sign-in: it is neither logged nor stored. */
  openLink(address: string): Promise<void>;
  /** Begins the sign-in; the panel refreshes when it resolves. */
  signIn(): Promise<void>;
  /** Where page and core share a thread: resolves when the view that was sent is on the screen. */
  afterNextPaint?(): Promise<void>;
  /** A stored choice; synchronous, so that the first paint is already masked. Absent: the connection remembers choices. */
  preference?(name: Preference): string | undefined;
  /** False when it cannot be stored, and the host has not shown that itself. */
  savePreference?(name: Preference, value: string): boolean;
  /** The model in use, where it is chosen outside the panel. `chooseModel` reports a choice made in the panel. */
  model?(): string;
  chooseModel?(id: string): void;
  /** The id of the task in progress, where the host knows one: the section "task" is about it. `PanelConnection.setTask` reports another. */
  taskId?(): string | undefined;
  /**
   * The text of a catalogue of the package, by the name of its file in `costrict-credit/locales`, such as "zh-CN"; undefined
   * where there is none. Absent: texts are English, except in Node, where the client finds them itself.
   */
  loadCatalogue?(name: string): Promise<string | undefined>;
  /** The reader's zone and language, as the page reports them. */
  readerChanged?(reader: Reader): void;
  /**
   * Confirmation outside the page before credits are given: a message of the page does not prove what the user wants. Absent
   * where page and core run in one process; then the page asks.
   */
  confirmGive?(confirmation: TransferConfirmation): Promise<boolean>;
  /**
   * Confirmation outside the page before a limit is raised. Absent: what the user chose and pressed in the page is enough.
   *
   * @returns false when the user does not want it
   */
  confirmRaise?(raise: { cap: CapUse; to: Credits | "unlimited" }): Promise<boolean>;
  /**
   * Sends a prompt and shows its answer. Only where it is there, the panel has a Send button; without it the box estimates.
   * As for `confirmGive`, the message that led here does not prove what the user wants.
   *
   * @returns false when there was no answer: the panel then puts the prompt back into the box
   */
  onSend?(prompt: Prompt, context: SendContext): Promise<boolean>;
  /** Opens the place where the user sets the daily budget. Only where it is there, the panel has a button for it. */
  changeBudget?(): Promise<void>;
  /** Shows a voucher outside the page, which then never gets its code. */
  showVoucher?(voucher: CreatedVoucher): Promise<void>;
  /** The user sent a prompt that no message can carry; the page shows that beside the prompt too. */
  promptTooLong?(lengthMax: number): void;
  /** Calls `changed` when another window may have changed what is stored. Returns the way to stop. */
  watchStorage?(changed: () => void): () => void;
  /** A failure that no view shows, for a log that developers read. It never contains a token, a code or an address. */
  log?(level: "warn" | "error", message: string, cause?: unknown): void;
}
