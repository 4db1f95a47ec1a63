// A PostgreSQL, a pgbouncer in transaction mode and ledgers of this bench's own, all on 127.0.0.1; they end with it.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Server connections that pgbouncer may open; each ledger opens up to 20 to pgbouncer. */
export const POOL_SIZE = 8;

const running = [];
const folders = [];

/** Ends what was started, the newest first, and removes its files. */
export async function stopAll() {
  for (const child of running.reverse()) {
    if (child.exitCode !== null) continue;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    await ended;
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** What a program printed; a failure is an error with what it complained about. */
export function run(program, words, input) {
  const done = spawnSync(program, words, { encoding: "utf8", input, maxBuffer: 1 << 30 });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${program} ${words.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

function folder(owner) {
  const made = mkdtempSync(join(tmpdir(), "ledger-scale-"));
  folders.push(made);
  chmodSync(made, 0o755);
  if (owner) run("chown", [owner, made]);
  return made;
}

/** PostgreSQL and pgbouncer refuse to run as root. */
const owner = process.getuid?.() === 0 ? "postgres" : undefined;
const asOwner = (program, words) =>
  owner ? ["setpriv", [`--reuid=${owner}`, `--regid=${owner}`, "--clear-groups", program, ...words]] : [program, words];

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function listens(port) {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.end());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on port ${port}`);
}

function start(program, words, options) {
  const child = spawn(program, words, { cwd: "/", stdio: "ignore", ...options });
  running.push(child);
  return child;
}

/** The folder with `initdb` and `postgres`: the newest version that is installed. */
function postgresPrograms() {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(root, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
  if (!found) throw new Error("no PostgreSQL server under /usr/lib/postgresql");
  return found;
}

/** `postgres://user@host:port` of a new server with PostgreSQL's own settings. */
export async function postgres() {
  const [bin, place, port] = [postgresPrograms(), folder(owner), await freePort()];
  run(...asOwner(join(bin, "initdb"), ["-A", "trust", "-U", "ledger", "-D", join(place, "cluster")]));
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    "max_wal_size=4GB",
  ];
  const words = ["-D", join(place, "cluster"), "-p", `${port}`, ...settings.flatMap((one) => ["-c", one])];
  start(...asOwner(join(bin, "postgres"), words));
  await listens(port);
  return `postgres://ledger@127.0.0.1:${port}`;
}

/** The same address through a pgbouncer; undefined, with a word on stderr, where there is none of version 1.21 or newer. */
export async function pooler(server) {
  const program = [process.env.PGBOUNCER, "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].find((path) => {
    if (!path || !existsSync(path)) return false;
    const [major, minor] = run(path, ["--version"]).split(" ")[1].split(".").map(Number);
    return major > 1 || minor >= 21;
  });
  if (!program) {
    console.error("no pgbouncer of version 1.21 or newer (PGBOUNCER=PATH names one): measured without it");
    return undefined;
  }
  const { username, hostname, port: serverPort } = new URL(server);
  const [place, port] = [folder(owner), await freePort()];
  const settings = join(place, "pgbouncer.ini");
  writeFileSync(
    settings,
    `[databases]
* = host=${hostname} port=${serverPort} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${POOL_SIZE}
max_client_conn = 2000
ignore_startup_parameters = extra_float_digits
max_prepared_statements = 200
`,
  );
  start(...asOwner(program, ["-q", settings]));
  await listens(port);
  return `postgres://${username}@127.0.0.1:${port}`;
}

/** LEDGER_PROGRAM=PATH names one that is built already. */
export const ledgerProgram =
  process.env.LEDGER_PROGRAM ?? join(process.env.CARGO_TARGET_DIR ?? "target", "fast/ledger");

/** A ledger with its admin interface; its address and how to stop it. */
export async function ledger(database) {
  const words = ["serve", "--admin", "--database", database];
  const env = { ...process.env, LEDGER_LOG: "error" };
  const child = start(ledgerProgram, words, { cwd: process.cwd(), env, stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((resolve, reject) => {
    child.stdout.once("data", (chunk) => resolve(`${chunk}`));
    child.once("exit", (status) => reject(new Error(`the ledger ended with ${status}`)));
  });
  return { url: line.trim().replace("listening on ", ""), stop: () => child.kill("SIGINT") };
}

/** Runs SQL; rows as arrays of text. */
export function sql(database, text) {
  const out = run("psql", ["-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", database], text);
  return out
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("\t"));
}

/** The only number of an answer. */
export const number = (database, text) => Number(sql(database, text)[0][0]);

/** The partitions of a table or index, or itself where it has none, for FROM: column `relid`. */
export const leaves = (relation) =>
  `(SELECT relid FROM pg_partition_tree('${relation}') WHERE isleaf
    UNION SELECT CAST('${relation}' AS regclass) WHERE NOT EXISTS (SELECT 1 FROM pg_partition_tree('${relation}'))) AS tree`;
