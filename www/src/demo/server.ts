/** The account's servers as a function from a request to its reply, for the gallery: what a state shows is what the core makes of this. */

/** Monday noon at the server, in the middle of a month: every state begins here. */
export const NOW = Date.parse("2026-06-15T12:00:00+08:00");
export const DAY = 86_400_000;
export const HOUR = 3_600_000;

/** An instant as the server writes it, in its own zone. */
export const serverTime = (instant: number): string => {
  const wall = new Date(instant + 8 * HOUR).toISOString();
  return `${wall.slice(0, 19)}+08:00`;
};

export interface GrantRow {
  amount: number;
  expiry_date: string;
  source?: string;
}

export interface UsageRow {
  id: number;
  model: string;
  mode: string;
  tokens: number;
  credits_used: number;
  record_time: string;
}

export interface RecordRow {
  amount: number;
  operation: string;
  create_time: string;
  expiry_date?: string;
  strategy_name?: string;
  related_user?: string;
  lapsed_amount?: number;
}

export interface ModelRow {
  id: string;
  creditConsumption: number;
  creditDiscount?: number;
  contextWindow?: number;
  maxTokens?: number;
  supportsImages?: boolean;
}

export type Route = "quota" | "audit" | "statistics" | "models" | "transfer-out" | "transfer-in";

const ROUTES: Record<string, Route> = {
  "/quota-manager/api/v1/quota": "quota",
  "/quota-manager/api/v1/quota/audit": "audit",
  "/quota-manager/api/v1/usage/statistics": "statistics",
  "/ai-gateway/api/v1/models": "models",
  "/quota-manager/api/v1/quota/transfer-out": "transfer-out",
  "/quota-manager/api/v1/quota/transfer-in": "transfer-in",
};

/**
 * A reply of another kind than the server's usual one, or undefined for that one. A rejected promise is a broken connection, one that stays
 * pending a slow server.
 */
export type Answer = (query: URLSearchParams) => Response | Promise<Response> | undefined;

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

export const failing = (status: number, headers?: Record<string, string>): Answer => {
  return () => new Response("", { status, ...(headers === undefined ? {} : { headers }) });
};
export const unreachable: Answer = () => Promise.reject(new TypeError("fetch failed"));
export const silent: Answer = () => new Promise<Response>(() => {});

export class FixtureServer {
  quota: { total_quota: number; used_quota: number; quota_list: GrantRow[]; is_star?: "true" | "false" };
  usage: UsageRow[];
  records: RecordRow[];
  models: ModelRow[];
  /** Replaces a route's replies while it is set. */
  readonly answers = new Map<Route, Answer>();
  /** The routes that were requested, in order. */
  readonly requested: Route[] = [];
  readonly #waiting: { route: Route; resolve: () => void }[] = [];

  constructor(initial: Pick<FixtureServer, "quota" | "usage" | "records" | "models">) {
    this.quota = initial.quota;
    this.usage = initial.usage;
    this.records = initial.records;
    this.models = initial.models;
  }

  /** Settles with the next request of a route. */
  nextRequest(route: Route): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ route, resolve }));
  }

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const route = ROUTES[url.pathname];
    if (route === undefined) return new Response("", { status: 404 });
    this.requested.push(route);
    for (const { resolve } of this.#waiting.filter((waiting) => waiting.route === route)) resolve();
    return this.answers.get(route)?.(url.searchParams) ?? this.#reply(route, url.searchParams);
  };

  #reply(route: Route, query: URLSearchParams): Response {
    const size = Number(query.get("page_size") ?? 10);
    const first = (Number(query.get("page") ?? 1) - 1) * size;
    const success = (data: unknown): Response =>
      json({ code: "quota-manager.success", message: "ok", success: true, data });
    switch (route) {
      case "quota":
        return success(this.quota);
      case "audit":
        return success({ total: this.records.length, records: this.records.slice(first, first + size) });
      case "statistics": {
        const rows = this.usage.filter(({ record_time }) => isAskedFor(Date.parse(record_time), query));
        return success({ total: rows.length, page_size: size, records: rows.slice(first, first + size) });
      }
      case "models":
        return json({ object: "list", data: this.models });
      default:
        return json({ code: "quota-manager.quota_transfer_failed", message: "no such voucher", success: false }, 400);
    }
  }
}

/** Whether a row lies in the days that a request for statistics names. */
function isAskedFor(at: number, query: URLSearchParams): boolean {
  const midnight = Math.floor((NOW + 8 * HOUR) / DAY) * DAY - 8 * HOUR;
  const spans: Record<string, number> = { today: 0, "7days": 6, "30days": 29 };
  const days = spans[query.get("time_range") ?? ""];
  if (days !== undefined) return at >= midnight - days * DAY;
  const edge = (name: string): number => Date.parse(`${query.get(name)?.replace(" ", "T")}+08:00`);
  return at >= edge("start_time") && at < edge("end_time") + DAY;
}
