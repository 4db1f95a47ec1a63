/** A credit server inside a page: answers `fetch` immediately for one account with much history. For benches of core and page. */

/**
 * To be run in the page before anything else. `hangs`: the server never answers, so that the page shows the stored snapshot.
 * @param {{ base: string, grants: number, records: number, hangs: boolean }} options
 */
export function answerInPage({ base, grants, records, hangs }) {
  const DAY = 86_400_000;
  const china = (at) => `${new Date(at + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
  const now = Date.now();
  const MODELS = [["Auto"], ["GLM-4.6", 1], ["GLM-4.5", 1], ["Kimi-K2-Moonshot", 10], ["Qwen-2.5-VL", 0.25]];
  const charged = Array.from({ length: 30 * 8 }, (_, index) => {
    const [model, price] = MODELS[1 + (index % 4)];
    const at = china(now - Math.floor(index / 8) * DAY - (index % 8) * 60_000);
    return {
      id: 10_000 - index,
      user_id: "u",
      model,
      mode: "",
      tokens: 12_000,
      credits_used: price,
      package: "default",
      record_time: at,
      create_time: at,
    };
  });
  const record = (index) => ({
    amount: index % 3 === 0 ? -(index % 90) - 1 : (index % 200) + 1,
    operation: ["EXPIRE", "RECHARGE", "TRANSFER_IN"][index % 3],
    strategy_name: `rule-${index}`,
    create_time: china(now - index * 3_600_000),
    expiry_date: china(now + 30 * DAY),
  });
  const page = (rows, query) => {
    const [number, size] = [Number(query.get("page")), Number(query.get("page_size"))];
    return {
      total: rows.length,
      records: rows.slice((number - 1) * size, number * size),
      page: number,
      page_size: size,
    };
  };
  const all = Array.from({ length: records }, (_, index) => record(index));
  const data = {
    "/quota-manager/api/v1/quota": () => ({
      total_quota: 100 * grants + 58.5,
      used_quota: 58.5,
      quota_list: Array.from({ length: grants }, (_, index) => ({
        amount: 100,
        expiry_date: china(now + (index + 2) * DAY),
        source: `gift ${index}`,
      })),
      is_star: "true",
    }),
    "/quota-manager/api/v1/quota/audit": (query) => page(all, query),
    "/quota-manager/api/v1/usage/statistics": (query) => page(charged, query),
  };
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = new URL(typeof input === "string" ? input : (input.url ?? input), location.href);
    if (url.origin !== new URL(base).origin) return real(input, init);
    if (hangs) return new Promise(() => {});
    // Of a response that was made and not fetched the address is empty, and the core's transport wants one.
    const addressed = (response) => Object.defineProperty(response, "url", { value: url.href });
    const headers = { "content-type": "application/json", date: new Date().toUTCString() };
    const json = (body) => addressed(new Response(JSON.stringify(body), { headers }));
    if (url.pathname.endsWith("/models")) {
      return json({
        object: "list",
        data: MODELS.map(([id, creditConsumption]) => ({
          id,
          object: "model",
          contextWindow: 128_000,
          creditConsumption,
        })),
      });
    }
    const answer = data[url.pathname];
    return answer === undefined
      ? addressed(new Response("", { status: 404 }))
      : json({ code: "quota-manager.success", message: "ok", success: true, data: answer(url.searchParams) });
  };
}
