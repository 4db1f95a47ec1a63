// A large ledger on PostgreSQL: tables whole or partitioned by account, a year of history made by fill.sql, the program `ledger`
// directly and through pgbouncer in transaction mode. docs/ledger-scale.md explains what it found.
//
//   node benches/ledger-scale.mjs [--rows 1000000,10000000] [--partitions 0,16] [--seconds 10] [--clients 16]
//                                 [--server postgres://user@host:port]
//
// Without --server a PostgreSQL of its own is started and removed. With it, a database that an earlier run has filled is used
// again and stays.
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { leaves, ledgerProgram, number, pooler, postgres, run, sql, stopAll } from "./ledger-scale/servers.mjs";
import { traffic } from "./ledger-scale/traffic.mjs";
import { report } from "./support/report.mjs";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    partitions: { type: "string", default: "0,16" },
    seconds: { type: "string", default: "10" },
    clients: { type: "string", default: "16" },
    server: { type: "string" },
  },
});
const plan = { seconds: Number(values.seconds), clients: Number(values.clients) };
const LARGE = ["account", "quota", "audit", "operation", "usage_hour", "usage_record"];
/** Accounts whose grants run out for each sweep. */
const SWEPT = 1_000;
const SIGNED_OUT = 100_000;

/** Sizes for fill.sql: 100 requests an account, five in each hour in which it makes any, whole hours only. */
function shapeOf(rows, partitions) {
  const perHour = Math.ceil(rows / (8_760 * 5));
  const scattered = (account) => ((BigInt(account) * 2_654_435_761n) % 2n ** 32n).toString(16).padStart(8, "0");
  const id = (account) => `${scattered(account)}-0000-4000-8000-000000000000`;
  return { rows: Math.floor(rows / (perHour * 5)) * perHour * 5, accounts: rows / 100, perHour, partitions, id };
}

/** The ledger's own migrations, then partitions if any, then rows. */
function fill(database, shape, say) {
  const own = (name) => readFileSync(new URL(`ledger-scale/${name}.sql`, import.meta.url), "utf8");
  run(ledgerProgram, ["sweep", "--database", database]);
  if (shape.partitions > 0) {
    const repeated = (line) =>
      Array.from({ length: shape.partitions }, (_, part) => line.replaceAll("{partition}", part)).join("\n");
    const lines = own("partitions").replaceAll("{partitions}", shape.partitions).split("\n");
    sql(
      database,
      lines.map((line) => (line.includes("{partition}") && !line.startsWith("--") ? repeated(line) : line)).join("\n"),
    );
  }
  const begun = performance.now();
  const text = own("fill")
    .replaceAll("{rows}", shape.rows)
    .replaceAll("{accounts}", shape.accounts)
    .replaceAll("{sessions_per_hour}", shape.perHour)
    .replaceAll("{now}", Date.now())
    .replaceAll("{usage_key}", shape.partitions > 0 ? "account_id, id" : "id");
  sql(database, text);
  say("filled in", (performance.now() - begun) / 1_000, "s");
}

/** Bytes per row of tables and indexes, and the depth of the deepest part of each index. */
function sizes(database, say) {
  sql(database, "CREATE EXTENSION IF NOT EXISTS pageinspect");
  for (const table of LARGE) {
    const rows = number(
      database,
      `SELECT sum(reltuples) FROM pg_class WHERE oid IN (SELECT relid FROM ${leaves(table)})`,
    );
    const bytes = (relation) => number(database, `SELECT sum(pg_relation_size(relid)) FROM ${leaves(relation)}`);
    say(`${table}, bytes a row`, bytes(table) / rows, "bytes");
    for (const [index] of sql(
      database,
      `SELECT CAST(indexrelid AS regclass) FROM pg_index WHERE indrelid = CAST('${table}' AS regclass)`,
    )) {
      say(`${index}, bytes a row`, bytes(index) / rows, "bytes");
      const depth = `SELECT max((bt_metap(CAST(CAST(relid AS regclass) AS text))).level) + 1 FROM ${leaves(index)}`;
      say(`${index}, depth`, number(database, depth), "pages");
    }
  }
  say("database", number(database, "SELECT pg_database_size(current_database())") / 1e6, "MB");
}

function timed(work) {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

/** The program's own sweep of accounts that have something due, without what opening the database costs. */
function sweeps(database, shape, say) {
  const sweep = (kind) => timed(() => run(ledgerProgram, ["sweep", "--kind", kind, "--database", database]));
  const due = Math.min(SWEPT, shape.accounts);
  const ids = Array.from({ length: due }, (_, index) => `'${shape.id(index + 1)}'`).join(", ");
  for (const kind of ["honest", "monthly"]) {
    const idle = sweep(kind);
    const at = Date.now() - 86_400_000;
    sql(
      database,
      `BEGIN;
       UPDATE account SET next_expiry = ${at}, total = total + 1000000 WHERE id IN (${ids});
       INSERT INTO quota (account_id, expires_at, status, amount, source)
       SELECT id, ${at}, 'VALID', 1000000, 'Gift' FROM account WHERE id IN (${ids});
       COMMIT`,
    );
    say(`${kind} sweep, per account`, (sweep(kind) - idle) / due, "ms");
    if (number(database, `SELECT count(*) FROM account WHERE next_expiry <= ${at}`) !== 0)
      throw new Error("the sweep left accounts");
  }
}

/** What every look for due work reads of tokens that were signed out, once a second in each ledger. */
function signedOut(database, say) {
  const idle = timed(() => sql(database, "SELECT 1"));
  sql(
    database,
    `INSERT INTO signed_out SELECT md5('a' || i) || md5('b' || i), 9000000000000000000 FROM generate_series(1, ${SIGNED_OUT}) AS i`,
  );
  say(
    "100 000 signed-out tokens read in",
    timed(() => sql(database, "SELECT token_id, expires_at FROM signed_out")) - idle,
    "ms",
  );
  sql(database, "DELETE FROM signed_out");
}

async function measure(server, pooled, shape, keeps) {
  const layout = shape.partitions > 0 ? `${shape.partitions} partitions` : "whole";
  const name = `ledger-scale: ${shape.accounts / 1e4} M rows ${layout}`;
  const say = (what, value, unit) => report(`${name}, ${what}`, Math.round(value * 1_000) / 1_000, unit);
  const own = `ledger_scale_${shape.accounts * 100}_${shape.partitions}`;
  const [database, admin] = [`${server}/${own}`, `${server}/postgres`];
  if (sql(admin, `SELECT 1 FROM pg_database WHERE datname = '${own}'`).length === 0) {
    sql(admin, `CREATE DATABASE ${own}`);
    fill(database, shape, say);
  }
  say("load before", loadavg()[0], "");
  sizes(database, say);
  await traffic({ database, pooled: pooled && `${pooled}/${own}`, plan, shape, say });
  sweeps(database, shape, say);
  signedOut(database, say);
  for (const table of ["account", "usage_hour", "usage_record"]) {
    say(`vacuum of ${table}`, timed(() => sql(database, `VACUUM (INDEX_CLEANUP ON) ${table}`)) / 1_000, "s");
  }
  say("load after", loadavg()[0], "");
  if (!keeps) sql(admin, `DROP DATABASE ${own} WITH (FORCE)`);
}

if (!process.env.LEDGER_PROGRAM)
  run("cargo", ["build", "--quiet", "--profile", "fast", "--package", "costrict-credit-ledger", "--bin", "ledger"]);
try {
  const server = values.server ?? (await postgres());
  const pooled = await pooler(server);
  for (const rows of values.rows.split(",").map(Number)) {
    for (const partitions of values.partitions.split(",").map(Number)) {
      await measure(server, pooled, shapeOf(rows, partitions), values.server !== undefined);
    }
  }
} finally {
  await stopAll();
}
