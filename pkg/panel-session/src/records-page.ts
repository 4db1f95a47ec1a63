/** The page of the Credit Record that the user chose. */

import type { CreditPanel } from "costrict-credit";

import { type PanelState, RECORDS_PAGE } from "./panel-state.js";

/** A page past the end of a list that shrank is empty; the last page is loaded instead, once. */
export async function loadRecordsPage(panel: CreditPanel, state: Pick<PanelState, "records">): Promise<void> {
  const query = state.records;
  const { rows, pages, problem } = await panel.records({ ...query, ...RECORDS_PAGE });
  const isPastEnd = rows.length === 0 && problem === undefined && query.page > 1;
  if (!isPastEnd || state.records !== query) return;
  state.records = { ...query, page: Math.max(1, Math.min(pages ?? 1, query.page - 1)) };
  await panel.records({ ...state.records, ...RECORDS_PAGE });
}
