/** What an embedder may choose for a client. */

import type { Budget } from "./budget.js";
import type { Promotion, WayToEarn } from "./prices.js";

export interface ClientOptions {
  /** http or https with a host, without user, query or fragment; default https://zgsm.sangfor.com . Blanks around it, and
   *  slashes and /api/v1 at the end of its path, are cut. A path such as /cloud-api stays in front of every request and of the
   *  account page. */
  baseUrl?: string;
  /** UTC offset for server times that carry none, and for price windows. Default "+08:00". */
  serverOffset?: string;
  /** Price promotions; replaces the built-in table (GLM-4.5* and GLM-4.6* half price 20:00-09:00 server time). */
  promotions?: Promotion[];
  /** Ways to get credits, as the panel offers them, in this order; replaces the built-in list, and an empty list shows none.
   *  Amounts and campaigns are the operator's: a product that knows them names them here. At most 50. */
  waysToEarn?: WayToEarn[];
  budget?: Budget;
  /** Shares of the total used at which a notice is due. Default [0.5, 0.75, 0.9, 0.95]. */
  usageThresholds?: number[];
  /** How long before an expiry a notice is due, in milliseconds. Default 7 days and 1 day. */
  expiryThresholds?: number[];
  /** How many requests before the end on the model in use a notice of kind "landing" is due: 0 to 1 000, none at 0. Default 5. It
   *  counts what the balance pays at the upper end of the price, and takes the place of notices of usage and run-out. */
  landingRequests?: number;
}

/** What `CreditClient.configure` replaces. Each is replaced as a whole: `budget: {}` ends all caps. */
export type Settings = Partial<Omit<ClientOptions, "serverOffset">>;
