/** What a panel session needs from its environment, a browser page or an extension, besides the client. */

import type { PanelView, VoucherSection } from "costrict-credit";

import type { Reader } from "../protocol.js";

/** Credits that are to be given away. */
export interface TransferOrder {
  receiverId: string;
  lines: { expiresAt: number; amount: number }[];
}

/** A voucher that was made, with its code. */
export type CreatedVoucher = NonNullable<VoucherSection["give"]["result"]>;

/** What the user chose for all panels. */
export type Preference = "masked" | "locale";

export interface PanelHost {
  /** Of the credit server, without a slash at its end. */
  readonly baseUrl: string;
  /** BCP 47, of the editor or browser. */
  locale(): string;
  /** For one request; the session keeps it nowhere. Absent: signed out. */
  token(): Promise<string | undefined>;
  /** Where page and core share a thread: resolves when the view that was sent is on the screen. */
  afterNextPaint?(): Promise<void>;
  /** Synchronous, so that the first paint is already masked. */
  preference(name: Preference): string | undefined;
  /** False when it cannot be stored, and the host has not shown that itself. */
  savePreference(name: Preference, value: string): boolean;
  /** The model in use, where it is chosen outside the panel. `chooseModel` reports a choice made in the panel. */
  model?(): string;
  chooseModel?(id: string): void;
  /** The text of a catalogue of the package, by the name of its file; absent where there is none. */
  loadCatalogue(locale: string): Promise<string | undefined>;
  /** The reader's zone and language, as the page reports them. */
  readerChanged?(reader: Reader): void;
  /** False when there is no file after all: the user left the dialog, or was shown why it could not be written. */
  saveFile(name: string, type: string, text: string): Promise<boolean>;
  /** Rejects when the clipboard refuses. */
  copy(text: string): Promise<void>;
  openLink(address: string): Promise<void>;
  signIn(): Promise<void>;
  /**
   * Confirmation outside the page before credits are given or spent: a message of the page does not prove what the
   * user wants. Absent where page and core run in one process.
   */
  confirmGive?(order: TransferOrder, view: PanelView): Promise<boolean>;
  confirmSend?(view: PanelView): Promise<boolean>;
  /** Shows a voucher outside the page, which then never gets its code. */
  showVoucher?(voucher: CreatedVoucher): Promise<void>;
  /** Calls `wake` when another window may have changed what is stored. Returns the way to stop. */
  watchStorage(wake: () => void): () => void;
}
