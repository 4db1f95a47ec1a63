// The account engine in wasm (benches/support/engine_wasm.rs), in Node: taking in a reading and computing the account, and opening a
// snapshot as it is stored. Goals: 20 grants 50 us, 10 000 grants 20 ms, a snapshot 2 ms.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { repeats, report } from "./support/report.mjs";

const built = (file) => resolve(fileURLToPath(import.meta.url), "../../target/bench/engine_wasm", file);
const { default: init, Window, open } = await import(pathToFileURL(built("engine_wasm.js")).href);
await init({ module_or_path: readFileSync(built("engine_wasm_bg.wasm")) });

const NOW = Date.UTC(2026, 5, 15);
const DAY = 86_400_000;
const encoder = new TextEncoder();
const quota = (grants) =>
  encoder.encode(
    JSON.stringify({
      code: "quota-manager.success",
      success: true,
      message: "ok",
      data: {
        total_quota: 100 * grants,
        used_quota: 12.5,
        quota_list: Array.from({ length: grants }, (_, index) => ({
          amount: index ? 100 : 87.5,
          expiry_date: `${new Date(NOW + (3_000 + index) * DAY).toISOString().slice(0, 19)}+08:00`,
          source: `gift ${index % 50}`,
        })),
      },
    }),
  );

/** The processor's time, not the clock's: other load on the machine disturbs it less. In microseconds. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Reports microseconds a call, the median of `runs` batches of `many`, after a fifth that are not counted. `call` returns how many succeeded. */
function perCall(name, goal, runs, many, call) {
  const times = Array.from({ length: repeats(runs) + Math.ceil(runs / 5) }, () => {
    const start = cpu();
    const good = call(many);
    const took = (cpu() - start) / many;
    if (good !== many) throw new Error(`${name}: ${good} of ${many}`);
    return took;
  }).slice(Math.ceil(runs / 5));
  const sorted = times.toSorted((a, b) => a - b);
  report(`${name} (goal ${goal})`, sorted[Math.floor(sorted.length / 2)], "us", [
    sorted[0],
    sorted[Math.floor(sorted.length * 0.95)],
  ]);
}

for (const [grants, goal, runs, many] of [
  [20, 50, 40, 200],
  [10_000, 20_000, 15, 2],
]) {
  const body = quota(grants);
  const window = new Window(NOW);
  perCall(`engine: reading of ${grants} grants, and the account`, goal, runs, many, (times) =>
    window.apply(body, times),
  );
  perCall(`engine: ${grants} grants from the bytes of the reply`, goal, runs, many, (times) =>
    window.apply_bytes(body, times),
  );
  window.free();
}

// A working day of one window, and as much as is ever kept: 400 requests, 350 readings.
for (const [what, requests, readings] of [
  ["a working day's", 60, 30],
  ["a full", 400, 350],
]) {
  const window = new Window(NOW);
  window.apply(quota(20), readings - 1);
  window.spend(requests);
  window.apply(quota(20), 1);
  const text = window.stored();
  window.free();
  const later = NOW + 5 * DAY;
  const opened = (times) => Array.from({ length: times }, () => open(text, later)).filter(Boolean).length;
  report(`engine: ${what} snapshot as stored`, encoder.encode(text).length, "bytes");
  perCall(`engine: opening ${what} snapshot, and the account`, 2_000, 40, 10, opened);
}
