/** Raising a limit that a request of the panel would pass. */

import type { CapScope, CapTarget, CreditClient, Credits } from "costrict-credit";

import type { PanelHost } from "./panel-host.js";

/** The limit that a form of the view offers: `value` is such as "task:200" or "day:unlimited". */
export function offeredLimit(value: string): { scope: string; to: Credits | "unlimited" } {
  const [scope = "", amount = ""] = value.split(":");
  return { scope, to: amount === "unlimited" ? amount : Number(amount) };
}

/**
 * Rejects where the limit cannot be raised: it may have gone, or more may be used by now than the form offers.
 *
 * @param value of the view, see {@link offeredLimit}
 */
export async function raiseCap(
  client: Pick<CreditClient, "caps" | "raiseCap">,
  host: Pick<PanelHost, "confirmRaise">,
  value: string,
  taskId: string | undefined,
): Promise<void> {
  const { scope, to } = offeredLimit(value);
  const cap = client.caps(taskId === undefined ? {} : { taskId }).find((known) => known.scope === scope);
  const target = cap === undefined ? undefined : capTarget(cap);
  if (cap === undefined || target === undefined) throw new Error(`there is no limit of a ${scope} to raise`);
  if ((await host.confirmRaise?.({ cap, to })) === false) return;
  client.raiseCap(target, to);
}

/** What to raise for a limit; undefined for a task or project without a name. */
export function capTarget({ scope, id }: { scope: CapScope; id?: string }): CapTarget | undefined {
  switch (scope) {
    case "task":
      return id === undefined ? undefined : { task: id };
    case "project":
      return id === undefined ? undefined : { project: id };
    default:
      return scope;
  }
}
