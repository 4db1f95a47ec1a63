// How well the ranges of estimates are calibrated: examples/calibration over made-up histories with known truth.
import { spawnSync } from "node:child_process";

const { status } = spawnSync("cargo", ["run", "--quiet", "--example", "calibration"], { stdio: "inherit" });
process.exitCode = status ?? 1;
