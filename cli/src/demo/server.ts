/** A server of made-up data for this process alone: on a free port of this machine, for as long as the call lasts. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { auditRecords, inZone, MODELS, quota, usageRecords } from "./data.js";

export interface DemoServer {
  address: string;
  close(): void;
}

export async function startDemoServer(): Promise<DemoServer> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const reply = replyTo(url, Date.now());
    response
      .writeHead(reply === undefined ? 404 : 200, { "content-type": "application/json", connection: "close" })
      .end(reply === undefined ? undefined : JSON.stringify(reply));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  // It ends with the call, and keeps no call alive.
  server.unref();
  return {
    address: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function replyTo({ pathname, searchParams }: URL, now: number): object | undefined {
  if (pathname.endsWith("/ai-gateway/api/v1/models")) return { object: "list", data: MODELS };
  if (pathname.endsWith("/quota-manager/api/v1/quota")) return success(quota(now));
  if (pathname.endsWith("/quota-manager/api/v1/quota/audit")) return success(pageOf(auditRecords(now), searchParams));
  if (!pathname.endsWith("/quota-manager/api/v1/usage/statistics")) return undefined;
  const { records, ...page } = pageOf(
    usageRecords(now).filter(({ at }) => isInRange(at, searchParams, now)),
    searchParams,
  );
  return success({ ...page, records: records.map(({ at, ...record }) => ({ ...record, record_time: inZone(at) })) });
}

function success(data: object): object {
  return { code: "quota-manager.success", message: "ok", success: true, data };
}

function pageOf<Row>(
  rows: Row[],
  query: URLSearchParams,
): { records: Row[]; total: number; page: number; page_size: number } {
  const [page, size] = [Number(query.get("page") ?? 1), Number(query.get("page_size") ?? 10)];
  return { records: rows.slice((page - 1) * size, page * size), total: rows.length, page, page_size: size };
}

const DAYS: Record<string, number> = { today: 1, "7days": 7, "30days": 30 };

/** By the days of the server, both included. */
function isInRange(at: number, query: URLSearchParams, now: number): boolean {
  const day = inZone(at).slice(0, 10);
  const [from, to] = [query.get("start_time"), query.get("end_time")];
  if (from !== null && to !== null) return day >= from.slice(0, 10) && day <= to.slice(0, 10);
  const days = DAYS[query.get("time_range") ?? "30days"] ?? 30;
  return day > inZone(now - days * 86_400_000).slice(0, 10);
}
