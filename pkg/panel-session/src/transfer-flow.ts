/** Giving credits from a panel: the form is reviewed, the user agrees, and then it is sent, once. */

import type { CreditClient, CreditPanel, PanelView, TransferDraft, TransferOrder, ViewOptions } from "costrict-credit";

import type { ConfirmationGate } from "./confirmation-gate.js";
import type { HostMessage } from "./messages.js";
import type { PanelHost } from "./panel-host.js";
import { voucherSection } from "./voucher-section.js";

/** What the flow needs of its session. */
export interface TransferContext {
  readonly client: Pick<CreditClient, "account" | "reviewTransfer">;
  readonly panel: Pick<CreditPanel, "transferOut">;
  readonly host: Pick<PanelHost, "confirmGive" | "showVoucher">;
  readonly gate: ConfirmationGate;
  viewOptions(): ViewOptions;
  /** With the code of a voucher, which a page may not get. */
  view(): PanelView;
  post(message: HostMessage): void;
  /** Shows progress of a call, then its result, and refreshes. */
  track(work: Promise<unknown>): Promise<void>;
}

export class TransferFlow {
  readonly #context: TransferContext;
  /** What the page was asked to confirm, and whose credits it would give. */
  #reviewed: { order: TransferOrder; account: string | undefined } | undefined;
  /** A voucher is being made. */
  #isPending = false;

  constructor(context: TransferContext) {
    this.#context = context;
  }

  /** Reviews the form, and asks for consent where it is right: outside the page if the host can. */
  async review(draft: TransferDraft): Promise<void> {
    if (this.#isPending) return;
    const { client, host, gate } = this.#context;
    const review = client.reviewTransfer(draft, this.#context.viewOptions());
    const { confirmation } = review;
    const isAskedOutside = confirmation !== undefined && host.confirmGive !== undefined;
    this.#reviewed =
      confirmation === undefined || isAskedOutside
        ? undefined
        : { order: confirmation.order, account: client.account().user?.id };
    this.#context.post({ type: "transfer_review", review: isAskedOutside ? { errors: [] } : review });
    if (!isAskedOutside) return;
    if (await gate.ask(async () => (await host.confirmGive?.(confirmation)) === true))
      await this.#send(confirmation.order);
  }

  /** The page's answer counts for the order that it was shown, and for the account that gave it. */
  async answer(isConfirmed: boolean): Promise<void> {
    const reviewed = this.#reviewed;
    this.#reviewed = undefined;
    if (isConfirmed && reviewed !== undefined && reviewed.account === this.#context.client.account().user?.id)
      await this.#send(reviewed.order);
  }

  /** One at a time: a second click would create a second voucher, and a voucher cannot be revoked. */
  async #send(order: TransferOrder): Promise<void> {
    if (this.#isPending) return;
    this.#isPending = true;
    try {
      await this.#context.track(this.#context.panel.transferOut(order));
      const result = voucherSection(this.#context.view())?.give.result;
      if (result?.code !== undefined) await this.#context.host.showVoucher?.(result);
    } finally {
      this.#isPending = false;
    }
  }
}
