/**
 * Random calls of the packaged client with hostile arguments, host, server, storage and clock.
 *
 *     node tests/chaos/client.mjs [--package DIR] --seed N --calls N [--life N] [--trace]
 *
 * A run is a row of lives: each has its own client, host and random numbers, made from the seed and the life's number, so that a
 * life can be repeated alone. Time is virtual. A finding is printed with the command that repeats it.
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { faultOfError } from "./checks.mjs";
import { VirtualClock } from "./clock.mjs";
import { watchInstance } from "./instance.mjs";
import { Life } from "./life.mjs";
import { quietCalls } from "./quiet.mjs";
import { Rng } from "./rng.mjs";
import { socketServer } from "./socket-server.mjs";

const CALLS_PER_LIFE = 50;
/** Lives over real sockets are slower. */
const SOCKET_LIFE_EVERY = 25;
/** Real time that a life may take. Only this ends a run whose calls all wait for ever. */
const LIFE_LIMIT_MS = 120_000;
/** Maximum wasm memory after lives of every kind: a few of the largest arguments and replies together. */
const MEMORY_LIMIT_BYTES = 64 * 1024 * 1024;

const { values: options } = parseArgs({
  options: {
    package: { type: "string", default: "target/package/node_modules/costrict-credit" },
    seed: { type: "string", default: "1" },
    calls: { type: "string", default: "20000" },
    life: { type: "string" },
    trace: { type: "boolean", default: false },
  },
});
const seed = Number(options.seed);
const calls = Number(options.calls);

const clock = new VirtualClock();
const findings = [];
let current;

function report(what, call = current?.lastCall) {
  findings.push({ what, life: current?.number, call });
  if (options.trace) console.log(`  found: ${what}`);
}

process.on("unhandledRejection", (reason) => report(`an unhandled rejection: ${text(reason)}`));
process.on("uncaughtException", (error) => report(`an uncaught exception: ${text(error)}`));

function text(error) {
  return String(error?.stack ?? error)
    .split("\n")
    .slice(0, 3)
    .join(" | ")
    .slice(0, 300);
}

const engineFetch = globalThis.fetch;
clock.install();
const memoryBytes = watchInstance(clock);
const api = await import(pathToFileURL(join(resolve(options.package), "index.js")).href);
await api.load();

let plans = () => undefined;
const server = await socketServer((path) => plans(path));
const shared = {
  api,
  clock,
  report,
  engineFetch,
  server,
  trace: options.trace,
  useSockets: (next) => {
    plans = next;
  },
  judgeError: (error, call) => {
    const fault = faultOfError(error, api.CreditError);
    if (fault !== undefined) report(fault, call);
  },
};

/** Reports work of the driver that throws or never ends, which would otherwise leave the program waiting silently. */
async function withinLimit(work) {
  let timer;
  const limit = new Promise((done) => {
    timer = setTimeout(() => done("a life that does not end"), LIFE_LIMIT_MS);
  });
  const fault = await Promise.race([
    work.then(
      () => undefined,
      (error) => `the driver threw: ${text(error)}`,
    ),
    limit,
  ]);
  clearTimeout(timer);
  if (fault !== undefined) report(fault);
}

const started = process.hrtime.bigint();
const first = options.life === undefined ? 0 : Number(options.life);
const lives = options.life === undefined ? Math.ceil(calls / CALLS_PER_LIFE) : 1;
const highWater = [];
const statistics = { calls: 0, errors: 0, problems: 0, longest: new Map(), slowest: new Map() };
for (let number = first; number < first + lives && findings.length === 0; number += 1) {
  const rng = new Rng(BigInt(seed) * 1_000_003n + BigInt(number));
  highWater.push(memoryBytes());
  current = new Life(number, rng, shared, number % SOCKET_LIFE_EVERY === SOCKET_LIFE_EVERY - 1);
  await withinLimit(current.run(Math.min(CALLS_PER_LIFE, calls - (number - first) * CALLS_PER_LIFE), statistics));
}
current = undefined;
highWater.push(memoryBytes());
if (highWater.at(-1) > MEMORY_LIMIT_BYTES) report(`wasm memory of ${highWater.at(-1)} bytes`, "all of them");
let quiet;
if (findings.length === 0 && options.life === undefined)
  await withinLimit(
    quietCalls(shared, memoryBytes, () => new Rng(BigInt(seed))).then((result) => {
      quiet = result;
    }),
  );
await server.close();

const seconds = Number(process.hrtime.bigint() - started) / 1e9;
const top = (map) =>
  [...map]
    .sort((one, two) => two[1] - one[1])
    .slice(0, 4)
    .map(([name, value]) => `${name} ${Math.round(value)}`)
    .join(", ");
console.log(
  `seed ${seed}: ${statistics.calls} calls, ${statistics.errors} refused, ${statistics.problems} with a problem, ${seconds.toFixed(1)} s`,
);
console.log(`longest in virtual ms: ${top(statistics.longest)}; slowest in real ms: ${top(statistics.slowest)}`);
const mebibytes = (bytes) => (bytes / 1_048_576).toFixed(1);
const shares = [0, 0.25, 0.5, 0.75, 1].map((share) => mebibytes(highWater[Math.floor((highWater.length - 1) * share)]));
console.log(
  `memory: process ${Math.round(process.memoryUsage.rss() / 1e6)} MB; wasm after each quarter of the lives ${shares.join(", ")} MiB`,
);
if (quiet !== undefined)
  console.log(`wasm memory grew by ${mebibytes(quiet.growth)} MiB in ${quiet.calls} calls that keep nothing`);
for (const { what, life, call } of findings) {
  console.log(
    `FOUND ${what}\n  in ${life === undefined ? "what follows the lives" : `life ${life}`}, ${call ?? "no call"}`,
  );
  console.log(
    `  again: cargo xtask chaos client --seed ${seed} ${life === undefined ? `--calls ${calls}` : `--life ${life}`}`,
  );
}
process.exit(findings.length === 0 ? 0 : 1);
