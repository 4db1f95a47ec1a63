/** A file of usage or Credit Record, as an action of the view asks for it. */

import type { CreditPanel, UsageQuery } from "costrict-credit";

/**
 * @param value such as "usage.csv"
 * @returns undefined where there is nothing to save: an empty file would look like an empty account
 */
export async function exportFile(
  panel: Pick<CreditPanel, "exportAs">,
  value: string | undefined,
  usageQuery: () => UsageQuery,
): Promise<{ name: string; type: string; text: string } | undefined> {
  const [what, format] = value?.split(".") ?? [];
  if ((what !== "usage" && what !== "records") || (format !== "csv" && format !== "json")) return undefined;
  const file = await panel.exportAs(what, format, what === "usage" ? usageQuery() : undefined);
  if (!file.complete && file.rows === 0) return undefined;
  const type = format === "csv" ? "text/csv;charset=utf-8" : "application/json";
  return { name: file.fileName, type, text: file.text };
}
