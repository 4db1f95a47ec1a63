/** A link of the view, from its address to the balance after it. */

import type { PanelHost } from "./panel-host.js";
import type { RefreshScheduler } from "./refresh-scheduler.js";

/**
 * Opens an address outside. Credits are bought and earned behind the links of a view, so the balance is read again soon.
 *
 * @returns whether it was opened
 */
export async function openLink(
  address: string | undefined,
  host: Pick<PanelHost, "openLink">,
  scheduler: Pick<RefreshScheduler, "recordAccountPageOpened">,
): Promise<boolean> {
  if (address === undefined || !/^https?:\/\//i.test(address)) return false;
  try {
    await host.openLink(address);
  } catch {
    return false;
  }
  scheduler.recordAccountPageOpened();
  return true;
}
