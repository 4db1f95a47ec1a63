// Deductions a second and their p99 on SQLite and PostgreSQL, beside what the database can do in the same run, and pages of a
// history of a million rows: ledger/examples/throughput.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { report } from "./support/report.mjs";

/** What a program printed; where it fails, this bench fails with its status. */
function run(program, words) {
  const done = spawnSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (done.error) throw done.error;
  if (done.status !== 0) process.exit(done.status ?? 1);
  return done.stdout;
}

// The example starts the ledger itself, so both have to be there first.
const programs = ["--package", "costrict-credit-ledger", "--bin", "ledger", "--example", "throughput"];
run("cargo", ["build", "--quiet", "--profile", "fast", ...programs]);
const throughput = join(process.env.CARGO_TARGET_DIR ?? "target", "fast/examples/throughput");
const { clients, results } = JSON.parse(run(throughput, ["--json"]));

report("ledger: clients", clients, "");
for (const { database, what, per_second, p50_ms, p99_ms } of results) {
  const name = `ledger: ${database}, ${what}`;
  report(name, per_second, "/s");
  report(`${name}, p50`, p50_ms, "ms");
  report(`${name}, p99`, p99_ms, "ms");
  if (!what.startsWith("deductions")) continue;
  const limits = results.filter((one) => one.database === database && one.what.startsWith("bare UPDATE"));
  for (const limit of limits) report(`${name}, of a ${limit.what}`, (per_second / limit.per_second) * 100, "%");
}
