/**
 * Random calls of the packaged client with hostile arguments, host, server, storage and clock.
 *
 *     node tests/chaos/client.mjs [--package DIR] --seed N --calls N [--life N] [--trace]
 *
 * A run is a row of lives: each has its own client, host and dice, made from the seed and the life's number, so that a
 * life can be repeated alone. Time is virtual. What is found is printed with the command that repeats it.
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Dice } from "./dice.mjs";
import { VirtualClock } from "./clock.mjs";
import { Life } from "./life.mjs";
import { socketServer } from "./socket-server.mjs";

const CALLS_A_LIFE = 50;
/** Lives over real sockets are slower. */
const SOCKET_LIFE_EVERY = 25;

const { values: options } = parseArgs({
  options: {
    package: { type: "string", default: "target/package/node_modules/costrict-credit" }, seed: { type: "string", default: "1" }, calls: { type: "string", default: "20000" },
    life: { type: "string" }, trace: { type: "boolean", default: false },
  },
});
const seed = Number(options.seed);
const calls = Number(options.calls);

const clock = new VirtualClock();
const findings = [];
let current;

function report(what, call = current?.lastCall) {
  findings.push({ what, life: current?.number ?? 0, call });
  if (options.trace) console.log(`  found: ${what}`);
}

process.on("unhandledRejection", (reason) => report(`an unhandled rejection: ${text(reason)}`));
process.on("uncaughtException", (error) => report(`an uncaught exception: ${text(error)}`));

function text(error) {
  return String(error?.stack ?? error).split("\n").slice(0, 3).join(" | ").slice(0, 300);
}

const engineFetch = globalThis.fetch;
clock.install();
const api = await import(pathToFileURL(join(resolve(options.package), "index.js")).href);
await api.load();

let plans = () => undefined;
const server = await socketServer((path) => plans(path));
const shared = {
  api, clock, report, engineFetch, server, trace: options.trace,
  useSockets: (next) => { plans = next; },
};

const begun = process.hrtime.bigint();
const first = options.life === undefined ? 0 : Number(options.life);
const lives = options.life === undefined ? Math.ceil(calls / CALLS_A_LIFE) : 1;
const statistics = { calls: 0, errors: 0, problems: 0, longest: new Map(), slowest: new Map() };
for (let number = first; number < first + lives && findings.length === 0; number += 1) {
  const dice = new Dice(BigInt(seed) * 1_000_003n + BigInt(number));
  current = new Life(number, dice, shared, number % SOCKET_LIFE_EVERY === SOCKET_LIFE_EVERY - 1);
  await current.run(Math.min(CALLS_A_LIFE, calls - (number - first) * CALLS_A_LIFE), statistics);
}
await server.close();

const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
const top = (map) => [...map].sort((one, two) => two[1] - one[1]).slice(0, 4).map(([name, value]) => `${name} ${Math.round(value)}`).join(", ");
console.log(`seed ${seed}: ${statistics.calls} calls, ${statistics.errors} refused, ${statistics.problems} with a problem, ${seconds.toFixed(1)} s`);
console.log(`longest in virtual ms: ${top(statistics.longest)}; slowest in real ms: ${top(statistics.slowest)}`);
console.log(`memory: ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
for (const { what, life, call } of findings) {
  console.log(`FOUND ${what}\n  in life ${life}, ${call ?? "no call"}`);
  console.log(`  again: cargo xtask chaos client --seed ${seed} --life ${life}`);
}
process.exit(findings.length === 0 ? 0 : 1);
