/** Giving credits away and redeeming vouchers. */

import type { Credits, Problem, Timestamp } from "./index.js";

export interface TransferOrder {
  /** The receiver's account id, a UUID; capitals and blanks around it do not matter. */
  receiverId: string;
  /** At most 8 different `expiresAt`, each of a grant in `balance.grants`; lines of one expiry are added up. `amount` is above 0; the `amount` of
   *  a grant gives all of it. */
  lines: { expiresAt: Timestamp; amount: Credits }[];
}
export interface TransferResult {
  voucherCode?: string;
  amount?: Credits;
  problem?: Problem;
}
export interface RedeemResult {
  status?: "redeemed" | "partly_redeemed" | "already_redeemed";
  added?: Credits;
  /** What was added, by expiry; absent where the server did not list it. */
  grants?: { amount: Credits; expiresAt: Timestamp }[];
  lost?: Credits;
  problem?: Problem;
}

/** An order as it was typed. */
export interface TransferDraft {
  receiverId: string;
  /** One for each grant of the form; an `amount` of blanks gives nothing of it. */
  lines: { expiresAt: Timestamp; amount: string }[];
}

/** `confirmation` is there exactly if there are no errors. */
export interface TransferReview {
  /** `expiresAt` names the grant of an "amount"; "lines" is about all amounts together. */
  errors: { field: "receiverId" | "amount" | "lines"; expiresAt?: Timestamp; text: string }[];
  confirmation?: TransferConfirmation;
}

/** What the user agrees to before `transferOut(order)`. */
export interface TransferConfirmation {
  title: string;
  /** Receiver, sum and grants, exactly as they will be sent, also while amounts are hidden. */
  details: string[];
  /** It cannot be undone. */
  warning: string;
  /** Labels of the two answers. */
  submit: string;
  cancel: string;
  order: TransferOrder;
}
