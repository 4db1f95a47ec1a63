// Deductions a second and their p99 on SQLite and PostgreSQL, beside a bare UPDATE in the same run: ledger/examples/throughput.rs.
import { spawnSync } from "node:child_process";

const line = ["run", "--quiet", "--profile", "fast", "--package", "costrict-credit-ledger", "--bin", "ledger", "--example", "throughput"];
// The example starts the program itself, so both have to be there first.
const built = spawnSync("cargo", ["build", ...line.slice(1)], { stdio: ["ignore", "inherit", "inherit"] });
if (built.status !== 0) process.exit(built.status ?? 1);
const run = spawnSync("target/fast/examples/throughput", ["--json", "--seconds", "3"], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
if (run.status !== 0) process.exit(run.status ?? 1);

const report = (name, value, unit) => console.log(JSON.stringify({ name: `ledger: ${name}`, value, unit }));
const { clients, results } = JSON.parse(run.stdout);
report("clients", clients, "");
for (const { database, what, per_second, p50_ms, p99_ms } of results) {
  report(`${database}, ${what}`, per_second, "/s");
  report(`${database}, ${what}, p50`, p50_ms, "ms");
  report(`${database}, ${what}, p99`, p99_ms, "ms");
}
