// @ts-check
/** The balance in the shape that the CoStrict plugin had before this package. */

/** @type {typeof import("./index.js").legacyQuotaInfo} */
export function legacyQuotaInfo(account) {
  const balance = account.balance;
  if (balance === undefined) return undefined;
  const counters = { total_quota: balance.total, used_quota: balance.used };
  // The plugin compares with the text "true", as the server sends it.
  return balance.starred === undefined ? counters : { ...counters, is_star: balance.starred ? "true" : "false" };
}
