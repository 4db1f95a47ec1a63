// A ledger with its demo account, and what the ledger itself says of it: the demo goes on with the time of day.
import { Ledger } from "../../panel/support/ledger.mjs";

const text = (credits) => new Intl.NumberFormat("en", { maximumFractionDigits: 6 }).format(credits);
/** As a part of a pattern. */
const quoted = (words) => words.replace(/[.+*?^$()[\]{}|\\]/g, "\\$&");

export async function startDemo() {
  const ledger = await Ledger.start();
  try {
    const id = await ledger.demo();
    const token = await ledger.token(id);
    const quota = await ledger.ask(token, "/quota-manager/api/v1/quota");
    const { total } = await ledger.ask(token, "/quota-manager/api/v1/quota/audit?page=1&page_size=1");
    const remaining = Math.round((quota.total_quota - quota.used_quota) * 1e6) / 1e6;
    return {
      ledger,
      id,
      token,
      remaining,
      grants: quota.quota_list.length,
      records: total,
      /** Patterns of what is left, and of the grant that is used next. */
      left: quoted(text(remaining)),
      next: quoted(text(Math.round(quota.quota_list[0].amount * 1e6) / 1e6)),
      leftAfter: (granted) => quoted(text(remaining + granted)),
    };
  } catch (cause) {
    await ledger.stop();
    throw cause;
  }
}

/** Requests that a ledger has answered about accounts and prices. */
export async function requestsOf(ledger) {
  const text = await (await fetch(`${ledger.url}/metrics`)).text();
  const counted = text.matchAll(/^ledger_requests_total\{route="(\/(?:quota|ai)[^"]+)"[^}]*\} (\d+)/gm);
  return [...counted].reduce((sum, [, , count]) => sum + Number(count), 0);
}
