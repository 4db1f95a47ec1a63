// Requests to the server: a working day with 1, 2 and 10 windows, and 10 000 clients after an outage of an hour, in the
// simulation. Fails when a goal is missed.
import { spawnSync } from "node:child_process";

const line = ["run", "--quiet", "--profile", "fast", "--package", "simulation", "--", "--json"];
for (const what of [["--working-day"], ["--outage", "10000"]]) {
  const { status } = spawnSync("cargo", [...line, ...what], { stdio: "inherit" });
  if (status !== 0) process.exitCode = status ?? 1;
}
