/** An invented account: its grants, a month of requests, its credit record and the models that it may use. */

import { DAY, FixtureServer, type GrantRow, HOUR, NOW, type RecordRow, serverTime, type UsageRow } from "./server.js";

export const GRANTS: GrantRow[] = [
  { amount: 7.5, expiry_date: "2026-06-17T23:59:59+08:00", source: "weekly-gift" },
  { amount: 10, expiry_date: "2026-06-30T23:59:59+08:00", source: "github-star" },
  { amount: 24, expiry_date: "2026-09-30T23:59:59+08:00", source: "purchase" },
];

const MODELS = [
  { id: "Auto", creditConsumption: -1, creditDiscount: 0.1, contextWindow: 128_000, maxTokens: 8_192 },
  { id: "Qwen-2.5-VL", creditConsumption: 0.25, contextWindow: 32_000, maxTokens: 4_096, supportsImages: true },
  { id: "GLM-4.6", creditConsumption: 1, contextWindow: 200_000, maxTokens: 8_192 },
  { id: "DeepSeek-V3.2", creditConsumption: 2, contextWindow: 128_000, maxTokens: 8_192 },
  { id: "Kimi-K2-Moonshot", creditConsumption: 10, contextWindow: 256_000, maxTokens: 16_384 },
];

/** Requests of the last 30 days, newest first: fewer at weekends, some at night at half price. */
export function usageRows(): UsageRow[] {
  const picks = ["GLM-4.6", "GLM-4.6", "DeepSeek-V3.2", "GLM-4.6", "Qwen-2.5-VL"];
  const prices: Record<string, number> = { "GLM-4.6": 1, "DeepSeek-V3.2": 2, "Qwen-2.5-VL": 0.25 };
  const modes = ["code", "ask", "architect"];
  const rows: UsageRow[] = [];
  for (let day = 0; day < 30; day += 1) {
    const midnight = Math.floor((NOW + 8 * HOUR) / DAY) * DAY - 8 * HOUR - day * DAY;
    const weekday = new Date(midnight + 8 * HOUR).getUTCDay();
    const count = weekday === 0 || weekday === 6 ? day % 2 : 2 + ((day * 7) % 3);
    for (let turn = 0; turn < count; turn += 1) {
      const index = rows.length;
      const model = picks[index % picks.length] ?? "GLM-4.6";
      const hour = day === 0 ? 11 - turn : 21 - 4 * turn;
      const price = prices[model] ?? 1;
      rows.push({
        id: 9_000 - index,
        model,
        mode: modes[index % modes.length] ?? "code",
        tokens: 2_400 + ((index * 977) % 19_000),
        credits_used: model === "GLM-4.6" && (hour >= 20 || hour < 9) ? price / 2 : price,
        record_time: serverTime(midnight + hour * HOUR + index * 60_000),
      });
    }
  }
  return rows;
}

/** So many equal requests of this morning. */
export const manyUsageRows = (count: number): UsageRow[] =>
  usageRows()
    .slice(0, 1)
    .flatMap((row) => Array.from({ length: count }, (_, index) => ({ ...row, id: 20_000 - index })));

const OTHER_USER = "3c0f3a5e-1111-4222-8333-444455556666";

const LATEST_RECORDS: RecordRow[] = [
  {
    amount: 25,
    operation: "RECHARGE",
    create_time: "2026-06-15T10:00:05+08:00",
    expiry_date: GRANTS[0]?.expiry_date ?? "",
    strategy_name: "weekly-gift",
  },
  {
    amount: -50,
    operation: "EXPIRE",
    create_time: "2026-06-14T23:59:59+08:00",
    expiry_date: "2026-06-14T23:59:59+08:00",
    strategy_name: "weekly-gift",
    lapsed_amount: 8.4,
  },
  {
    amount: -5,
    operation: "TRANSFER_OUT",
    create_time: "2026-06-10T18:20:00+08:00",
    expiry_date: "2026-06-30T23:59:59+08:00",
    related_user: OTHER_USER,
  },
  {
    amount: 10,
    operation: "RECHARGE",
    create_time: "2026-06-01T09:12:40+08:00",
    expiry_date: "2026-06-30T23:59:59+08:00",
    strategy_name: "github-star",
  },
];

/** A credit record of so many rows, newest first. */
export function recordRows(count: number): RecordRow[] {
  return Array.from({ length: count }, (_, index) => {
    const known = LATEST_RECORDS[index];
    if (known !== undefined) return known;
    const at = Date.parse("2026-06-01T00:00:00+08:00") - index * HOUR;
    return {
      amount: 25,
      operation: "RECHARGE",
      create_time: serverTime(at),
      expiry_date: serverTime(at + 30 * DAY),
      strategy_name: `Campaign (${index + 1})`,
    };
  });
}

export function fixtureServer(): FixtureServer {
  return new FixtureServer({
    quota: { total_quota: 100, used_quota: 58.5, quota_list: GRANTS.map((grant) => ({ ...grant })), is_star: "true" },
    usage: usageRows(),
    records: recordRows(LATEST_RECORDS.length),
    models: MODELS,
  });
}
