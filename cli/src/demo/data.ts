/** A made-up account: what a server would say of it at a given time. The same at every start, but for the dates. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The zone of the public server. */
const OFFSET = 8 * HOUR;

export const MODELS = [
  { id: "Auto", creditConsumption: -1, creditDiscount: 0.1, contextWindow: 128_000 },
  { id: "Qwen2.5-VL-32B-Instruct", creditConsumption: 0.25, contextWindow: 32_000 },
  { id: "GLM-4.5-air", creditConsumption: 0.5, contextWindow: 128_000 },
  { id: "GLM-4.6", creditConsumption: 1, contextWindow: 128_000 },
  { id: "DeepSeek-V3.2", creditConsumption: 1, contextWindow: 128_000 },
  { id: "Kimi-K2-Moonshot", creditConsumption: 2, contextWindow: 256_000 },
  { id: "MiniMax-M2", creditConsumption: 2, contextWindow: 200_000 },
].map((model) => ({ object: "model", creditDiscount: 0, ...model }));

const PICKS = ["GLM-4.6", "GLM-4.5-air", "GLM-4.6", "Kimi-K2-Moonshot", "GLM-4.6", "DeepSeek-V3.2"];
const GRANTS = [
  { amount: 60, days: 2, source: "Weekly gift" },
  { amount: 100, days: 19, source: "Registration" },
  { amount: 250, days: 75, source: "Purchase" },
];
const USED_BEFORE = 112.5;

export interface UsageRecord {
  id: string;
  model: string;
  mode: string;
  tokens: number;
  credits_used: number;
  at: number;
}

/** Sixty days of requests, fewer at weekends, newest first. */
export function usageRecords(now: number): UsageRecord[] {
  const records: UsageRecord[] = [];
  const today = Math.floor((now + OFFSET) / DAY) * DAY - OFFSET;
  for (let day = 0; day < 60; day += 1) {
    const start = today - day * DAY;
    const weekday = new Date(start + OFFSET).getUTCDay();
    const count = weekday === 0 || weekday === 6 ? 1 : 3 + ((day * 7) % 6);
    for (let index = 0; index < count; index += 1) {
      const at = start + (9 + index) * HOUR + ((day * 13 + index * 29) % 60) * 60_000;
      if (at > now) continue;
      const model = PICKS[(day + index) % PICKS.length] ?? "GLM-4.6";
      const price = MODELS.find(({ id }) => id === model)?.creditConsumption ?? 1;
      records.push({
        id: `demo-${day}-${index}`,
        model,
        mode: index % 3 === 0 ? "architect" : "code",
        tokens: 4_000 + ((day * 331 + index * 977) % 40_000),
        credits_used: price,
        at,
      });
    }
  }
  return records.sort((one, other) => other.at - one.at);
}

export function quota(now: number): object {
  const total = GRANTS.reduce((sum, { amount }) => sum + amount, 0);
  return {
    total_quota: total + USED_BEFORE,
    used_quota: USED_BEFORE,
    quota_list: GRANTS.map(({ amount, days, source }) => ({ amount, source, expiry_date: endOfDay(now + days * DAY) })),
    is_star: "true",
  };
}

export function auditRecords(now: number): object[] {
  const record = (operation: string, amount: number, daysAgo: number, more: object) => ({
    operation,
    amount,
    create_time: inZone(now - daysAgo * DAY),
    ...more,
  });
  return [
    record("RECHARGE", 60, 5, { strategy_name: "weekly-gift", expiry_date: endOfDay(now + 2 * DAY) }),
    record("EXPIRE", -60, 12, { expiry_date: inZone(now - 12 * DAY) }),
    record("TRANSFER_IN", 25, 20, { related_user: "lin", expiry_date: endOfDay(now + 19 * DAY) }),
    record("RECHARGE", 250, 33, { strategy_name: "package-250", expiry_date: endOfDay(now + 75 * DAY) }),
    record("RECHARGE", 100, 41, { strategy_name: "registration", expiry_date: endOfDay(now + 19 * DAY) }),
  ];
}

/** As the public server writes times: seconds, with its offset. */
export function inZone(at: number): string {
  return `${new Date(at + OFFSET).toISOString().slice(0, 19)}+08:00`;
}

function endOfDay(at: number): string {
  return `${inZone(at).slice(0, 10)}T23:59:59+08:00`;
}
