/** Registers the elements. */

import { CreditAccount } from "./account.js";
import { CreditRecords } from "./records.js";
import { PanelRoot } from "./root.js";
import { CreditSend } from "./send.js";
import { CreditUsage } from "./usage.js";
import { CreditView } from "./view.js";
import { CreditVoucher } from "./voucher.js";

const PANEL = "costrict-credit-panel";

/** The panel comes last: it needs the others when it is upgraded. Another copy of this package may have defined them all. */
export function definePanel(): void {
  if (typeof customElements === "undefined" || customElements.get(PANEL) !== undefined) return;
  customElements.define("costrict-credit-account", CreditAccount);
  customElements.define("costrict-credit-usage", CreditUsage);
  customElements.define("costrict-credit-records", CreditRecords);
  customElements.define("costrict-credit-send", CreditSend);
  customElements.define("costrict-credit-voucher", CreditVoucher);
  customElements.define("costrict-credit-view", CreditView);
  customElements.define(PANEL, PanelRoot);
}
