/**
 * The core does the same natively and in wasm: recordings of the simulation, made on both sides, byte for byte.
 *
 *     cargo xtask recordings [--count N]
 */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

import { firstDifference } from "./difference.mjs";

const { values } = parseArgs({
  options: { native: { type: "string" }, count: { type: "string" }, events: { type: "string", default: "1000" } },
});
const [count, events] = [Number(values.count), Number(values.events)];
const built = new URL("../../target/recordings/", import.meta.url);
const { default: init, digest, lines } = await import(new URL("recordings_wasm.js", built).href);
await init({ module_or_path: await readFile(new URL("recordings_wasm_bg.wasm", built)) });

/** The lines that the native program prints. */
function native(...args) {
  const program = spawn(values.native, ["--recordings", "--events", String(events), ...args]);
  program.stderr.pipe(process.stderr);
  return createInterface({ input: program.stdout });
}

let compared = 0;
for await (const line of native("--seeds", String(count))) {
  const [seed, expected] = line.split(" ");
  if (digest(Number(seed), events) !== expected) {
    const recorded = [];
    for await (const one of native("--seed", seed)) recorded.push(one);
    console.error(`seed ${seed}: ${firstDifference(recorded, lines(Number(seed), events).split("\n"))}`);
    process.exit(1);
  }
  compared += 1;
}
if (compared !== count) {
  console.error(`${compared} recordings were made of ${count}`);
  process.exit(1);
}
console.log(`${count} recordings of ${events} events: the same bytes natively and in wasm`);
