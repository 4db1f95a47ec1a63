// Requests of a working day for 1, 2 and 10 windows, out of the simulation: how often the server is asked.
import { spawnSync } from "node:child_process";

const line = ["run", "--quiet", "--profile", "fast", "--package", "simulation", "--", "--working-day"];
const { status } = spawnSync("cargo", line, { stdio: "inherit" });
process.exitCode = status ?? 1;
