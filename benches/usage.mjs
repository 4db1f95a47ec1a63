// A million usage rows summed by day and model, in Chromium: the core's own code in wasm, beside JavaScript on the same rows.
//
// The rows come as the server sends them, in pages of JSON. Reading the pages and summing the rows are timed apart: what is
// called "summed" starts from rows in memory (structures in wasm, objects in JavaScript) and ends with the sums.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../tests/package/server.mjs";
import { report, reportTimes } from "./support/report.mjs";

const built = resolve(fileURLToPath(import.meta.url), "../../target/bench/usage_wasm");
const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));

/** Runs in the page. */
async function measure(rows) {
  const { default: init, Rows } = await import("/usage_wasm.js");
  await init({ module_or_path: "/usage_wasm_bg.wasm" });
  const ROWS = rows;
  const PAGE = 200;
  const REPEATED = 9;
  const MODELS = ["GLM-4.6", "GLM-4.5", "Auto", "Kimi-K2-Moonshot", "Qwen-2.5-VL", "GLM-4.6-Zhipu"];
  const CHARGES = [1, 0.5, 0.9, 10, 0.25, 0.45];
  const DAY = 86_400_000;
  const CHINA = 8 * 3_600_000;
  const FROM = Date.UTC(2026, 5, 1) - CHINA;
  const DAYS = 30;
  const spacing = Math.floor((DAYS * DAY) / ROWS);

  /** Newest first; models change from row to row without a pattern, the same in each run. */
  let seed = 1;
  const row = (index) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    const model = (seed >> 16) % MODELS.length;
    const at = new Date(FROM + CHINA + DAYS * DAY - 1_000 - index * spacing).toISOString().slice(0, 19);
    return {
      id: ROWS - index,
      user_id: "3c0f3a5e-1111-4222-8333-444455556666",
      model: MODELS[model],
      mode: "",
      tokens: 12_000,
      credits_used: CHARGES[model],
      package: "default",
      record_time: `${at}+08:00`,
      create_time: `${at}+08:00`,
      update_time: `${at}+08:00`,
    };
  };

  const inWasm = new Rows();
  const inScript = [];
  const took = { wasmRead: 0, scriptRead: 0, bytes: 0 };
  const encoder = new TextEncoder();
  for (let first = 0; first < ROWS; first += PAGE) {
    const records = Array.from({ length: PAGE }, (_, index) => row(first + index));
    const text = JSON.stringify({
      code: "quota-manager.success",
      message: "ok",
      success: true,
      data: { records, total: ROWS, page: first / PAGE + 1, page_size: PAGE },
    });
    const bytes = encoder.encode(text);
    took.bytes += bytes.length;
    const started = performance.now();
    inWasm.read(bytes);
    const between = performance.now();
    for (const { id, record_time, model, tokens, credits_used } of JSON.parse(text).data.records) {
      inScript.push({ id: String(id), at: Date.parse(record_time), model, tokens, credits: credits_used });
    }
    took.scriptRead += performance.now() - between;
    took.wasmRead += between - started;
  }

  /** As fast as we could write it: whole days and micro-credits in numbers, one Map for the models. */
  const integers = (rows) => {
    const byDay = Array.from({ length: DAYS }, () => ({ micro: 0, requests: 0 }));
    const byModel = new Map();
    for (const row of rows) {
      const day = byDay[Math.floor((row.at - FROM) / DAY)];
      if (day === undefined) continue;
      const micro = Math.round(row.credits * 1e6);
      day.micro += micro;
      day.requests += 1;
      const model = byModel.get(row.model);
      if (model === undefined) byModel.set(row.model, { micro, requests: 1 });
      else {
        model.micro += micro;
        model.requests += 1;
      }
    }
    return { byDay, byModel };
  };
  /** As it is mostly written: a date's text as the key of the day. */
  const dates = (rows) => {
    const byDay = {};
    const byModel = {};
    for (const row of rows) {
      const day = new Date(row.at + CHINA).toISOString().slice(0, 10);
      byDay[day] = (byDay[day] ?? 0) + row.credits;
      byModel[row.model] = (byModel[row.model] ?? 0) + row.credits;
    }
    return { byDay, byModel };
  };

  const timed = (work) =>
    Array.from({ length: REPEATED }, () => {
      const started = performance.now();
      work();
      return performance.now() - started;
    });
  const summed = JSON.parse(inWasm.sum("2026-06-01", "2026-06-30"));
  const expected = integers(inScript);
  const micro = (credits) => Math.round(credits * 1e6);
  const same =
    summed.requests === ROWS &&
    summed.byDay.every(
      (day, index) =>
        micro(day.credits) === expected.byDay[index].micro && day.requests === expected.byDay[index].requests,
    ) &&
    summed.byModel.every((model) => micro(model.credits) === expected.byModel.get(model.model).micro);
  return {
    same,
    ...took,
    wasm: timed(() => inWasm.sum("2026-06-01", "2026-06-30")),
    integers: timed(() => integers(inScript)),
    dates: timed(() => dates(inScript)),
  };
}

const script = (name) => ({ type: "text/javascript", body: readFileSync(join(built, name)) });
const files = {
  "/": { type: "text/html", body: "<!doctype html><title>bench</title>" },
  "/usage_wasm.js": script("usage_wasm.js"),
  "/usage_wasm_bg.wasm": { type: "application/wasm", body: readFileSync(join(built, "usage_wasm_bg.wasm")) },
};
const server = await serve({ files });
const profile = mkdtempSync(join(tmpdir(), "costrict-credit-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});
try {
  const page = await browser.newPage();
  await page.goto(`${server.base}/`);
  const { same, wasm, integers, dates, wasmRead, scriptRead, bytes } = await page.evaluate(
    measure,
    process.env.BENCH_SHORT ? 20_000 : 1_000_000,
  );
  if (!same) throw new Error("wasm and JavaScript come to different sums");
  reportTimes("usage: 1 000 000 rows summed, wasm", wasm);
  reportTimes("usage: the same, JavaScript in integers", integers);
  reportTimes("usage: the same, JavaScript with dates", dates);
  report("usage: the rows read from JSON, wasm", wasmRead, "ms");
  report("usage: the rows read from JSON, JavaScript", scriptRead, "ms");
  report("usage: JSON of the rows", bytes, "bytes");
} finally {
  await browser.close();
  await server.close();
  rmSync(profile, { recursive: true, force: true });
}
