// How far off the forecast is, beside the plain mean: examples/backtest.rs over made-up histories.
import { spawnSync } from "node:child_process";

const { status } = spawnSync("cargo", ["run", "--quiet", "--example", "backtest"], { stdio: "inherit" });
process.exitCode = status ?? 1;
