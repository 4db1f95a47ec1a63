// How well the rest of a task is foretold while it runs: examples/task_sizes over made-up accounts. With `table`: as in docs/estimates.md.
import { spawnSync } from "node:child_process";

const table = process.argv.slice(2).filter((argument) => argument === "table");
const { status } = spawnSync(
  "cargo",
  ["run", "--quiet", "--profile", "fast", "--example", "task_sizes", "--", ...table],
  {
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
