// What clients do: charged requests and reads over HTTP, each of another account, for some seconds.
import { leaves, ledger, number, sql } from "./servers.mjs";

/** Accounts that the clients take in turn, spread over all of them. */
const TAKEN = 2_000;
const JSON_BODY = { "content-type": "application/json" };
const CHAT = JSON.stringify({ model: "GLM-4.6", messages: [{ role: "user", content: "hello" }] });
const READS = {
  balance: "/quota-manager/api/v1/quota",
  "usage, first page of 30 days": "/quota-manager/api/v1/usage/statistics?page=1&page_size=50&time_range=30days",
  "usage, last page": "/quota-manager/api/v1/usage/statistics?page=10&page_size=10",
  "credit record": "/quota-manager/api/v1/quota/audit?page=1&page_size=10",
};

/** Repeats `request(turn)` in parallel loops; how many a second and how long they took. */
async function repeat({ clients, seconds }, request) {
  const took = [];
  const begun = performance.now();
  const until = begun + seconds * 1_000;
  const loop = async (client) => {
    for (let turn = client; performance.now() < until; turn += clients) {
      const one = performance.now();
      await request(turn);
      took.push(performance.now() - one);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => loop(client)));
  const all = (performance.now() - begun) / 1_000;
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.floor((took.length - 1) * share)];
  return { perSecond: took.length / all, p50: at(0.5), p99: at(0.99), count: took.length };
}

/** A connection that the ledger closed as idle while this process waited for PostgreSQL is noticed only when it is used. */
function send(url, options) {
  return fetch(url, options).catch((failure) => {
    if (failure.cause?.code !== "UND_ERR_SOCKET") throw failure;
    return fetch(url, options);
  });
}

async function read(url, options) {
  const response = await send(url, options);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return text;
}

async function tokens(server, accounts, id) {
  const count = Math.min(TAKEN, accounts);
  const made = [];
  for (let index = 0; index < count; index++) {
    const account = id(1 + index * Math.floor(accounts / count));
    const options = { method: "POST", headers: JSON_BODY, body: JSON.stringify({ ttl_ms: 86_400_000 }) };
    made.push(JSON.parse(await read(`${server.url}/admin/accounts/${account}/token`, options)).token);
  }
  return made;
}

let key = 0;

/** A charged request with an idempotency key of its own. */
const deduct = (servers, bearers) => (turn) => {
  key += 1;
  const headers = { ...JSON_BODY, "x-quota-identity": "user", "idempotency-key": `bench-${process.pid}-${key}` };
  headers.authorization = `Bearer ${bearers[turn % bearers.length]}`;
  const url = `${servers[turn % servers.length].url}/chat-rag/api/v1/chat/completions`;
  return read(url, { method: "POST", headers, body: CHAT });
};

const get = (servers, bearers, path) => (turn) =>
  read(`${servers[turn % servers.length].url}${path}`, {
    headers: { authorization: `Bearer ${bearers[turn % bearers.length]}` },
  });

/** What PostgreSQL counts. Backends hand their counts on up to a second late, so shares are exact to that. */
function counters(database) {
  const [row] = sql(
    database,
    `SELECT pg_current_wal_lsn() - '0/0', (SELECT blks_read FROM pg_stat_database WHERE datname = current_database()),
            sum(n_tup_upd), sum(n_tup_hot_upd)
     FROM pg_stat_user_tables JOIN ${leaves("account")} USING (relid)`,
  );
  const [wal, blocks, updates, hot] = row.map(Number);
  return { wal, blocks, updates, hot };
}

/** All of it on one database, directly and, where `pooled` is its address through pgbouncer, through that. */
export async function traffic({ database, pooled, plan, shape, say }) {
  const sayTimes = (what, result) => {
    say(what, result.perSecond, "/s");
    say(`${what}, p50`, result.p50, "ms");
    say(`${what}, p99`, result.p99, "ms");
  };
  const direct = await ledger(database);
  const bearers = await tokens(direct, shape.accounts, shape.id);
  const before = counters(database);
  const records = () =>
    number(database, "SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence('usage_record', 'id') AS regclass))");
  const first = records();
  const deductions = await repeat(plan, deduct([direct], bearers));
  const after = counters(database);
  const charged = records() - first;
  if (charged < deductions.count) throw new Error(`${deductions.count} answered, ${charged} recorded`);
  sayTimes("deductions, 1 ledger", deductions);
  say("WAL per deduction", (after.wal - before.wal) / charged, "bytes");
  say("blocks read into shared buffers per deduction", (after.blocks - before.blocks) / charged, "");
  say(
    "updates of account that touch no index",
    ((after.hot - before.hot) / (after.updates - before.updates)) * 100,
    "%",
  );
  const servers = pooled ? [await ledger(pooled), await ledger(pooled)] : [direct];
  const way = pooled ? "through pgbouncer" : "direct";
  if (pooled) {
    direct.stop();
    sayTimes(`deductions, 1 ledger ${way}`, await repeat(plan, deduct(servers.slice(0, 1), bearers)));
    sayTimes(`deductions, 2 ledgers ${way}`, await repeat(plan, deduct(servers, bearers)));
    say("server connections then", number(database, CONNECTIONS), "");
  }
  for (const [what, path] of Object.entries(READS))
    sayTimes(`${what}, ${way}`, await repeat(plan, get(servers, bearers, path)));
  for (const server of servers) server.stop();
}

const CONNECTIONS = `SELECT count(*) FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
