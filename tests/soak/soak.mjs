/**
 * Many calls of each hot method: memory is flat after a warm-up, and a client that was freed leaves nothing behind.
 *
 *     node --expose-gc tests/soak/soak.mjs [--calls N] [--refreshes N] [--in node|chromium]
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { build } from "esbuild";

import { openBrowser } from "../panel/support/browser.mjs";
import { NAMES, replaceFetch, start } from "./work.mjs";

const ROOT = new URL("../../", import.meta.url);
const WASM = new URL("pkg/dist/costrict_credit_bg.wasm", ROOT);
const GROWTH_LIMIT_BYTES = 512 * 1024;
/** Share of the calls that brings memory to the size that they need, and their least number: caches and lists are bounded below it. */
const WARM_SHARE = 0.2;
const WARM_MIN = 2_000;
/** What a freed client has under way ends by its timers: as many clients as are made in that time have memory together. */
const WARM_CLIENTS_MIN = 12_000;
/** Clients are made and freed less often: each opens the stored account. */
const CALLS_PER_CLIENT = 100;

const { values: options } = parseArgs({
  options: {
    calls: { type: "string", default: "1000000" },
    refreshes: { type: "string", default: "100000" },
    in: { type: "string" },
  },
});

function countOf(name) {
  if (name === "refresh") return Number(options.refreshes);
  return name === "a client" ? Math.ceil(Number(options.calls) / CALLS_PER_CLIENT) : Number(options.calls);
}

/** Runs each method in a place that can run calls and measure itself; the growth that is too much, as lines. */
async function soak(place, { run, measure, free }) {
  const faults = [];
  for (const name of NAMES) {
    const count = countOf(name);
    const started = performance.now();
    const least = name === "a client" ? Math.min(count, WARM_CLIENTS_MIN) : WARM_MIN;
    await run(name, Math.max(least, Math.ceil(count * WARM_SHARE)));
    const before = await measure();
    await run(name, count);
    const after = await measure();
    const [wasm, heap] = [after.wasm - before.wasm, after.heap - before.heap];
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    console.log(`${place}: ${count} times ${name}: wasm ${kilobytes(wasm)}, heap ${kilobytes(heap)} (${seconds} s)`);
    if (Math.max(wasm, heap) >= GROWTH_LIMIT_BYTES) faults.push(`${place}: ${name} keeps memory`);
  }
  const left = await free();
  if (left.length > 0) faults.push(`${place}: left after free(): ${left}`);
  return faults;
}

const kilobytes = (bytes) => `${bytes < 0 ? "" : "+"}${(bytes / 1024).toFixed(0)} KB`;

async function inNode() {
  let memory;
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async (...args) => {
    const made = await instantiate(...args);
    memory = (made.instance ?? made).exports.memory;
    return made;
  };
  const api = await import(new URL("pkg/web.js", ROOT));
  await api.load(await readFile(WASM));
  replaceFetch();
  const before = process.getActiveResourcesInfo().sort().join();
  const work = await start(api);
  return soak("node", {
    run: work.run,
    async measure() {
      for (let turn = 0; turn < 5; turn += 1) {
        globalThis.gc();
        await new Promise((done) => setImmediate(done));
      }
      return { wasm: memory.buffer.byteLength, heap: process.memoryUsage().heapUsed };
    },
    async free() {
      work.free();
      await new Promise((done) => setImmediate(done));
      const after = process.getActiveResourcesInfo().sort().join();
      return after === before ? "" : `${after}, before it ${before}`;
    },
  });
}

const PAGE = `
  import * as api from "./pkg/web.js";
  import { replaceFetch, start } from "./tests/soak/work.mjs";
  const real = WebAssembly.instantiate;
  WebAssembly.instantiate = async (...args) => {
    const made = await real(...args);
    globalThis.memory = (made.instance ?? made).exports.memory;
    return made;
  };
  await api.load(await (await fetch("/core")).arrayBuffer());
  replaceFetch();
  globalThis.work = await start(api);`;

async function servePage() {
  const stdin = { contents: PAGE, resolveDir: fileURLToPath(ROOT) };
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    logOverride: { "empty-import-meta": "silent" },
  });
  const files = {
    "/": ["text/html", '<!doctype html><script type="module" src="/page.js"></script>'],
    "/page.js": ["text/javascript", Buffer.from(outputFiles[0].contents)],
    "/core": ["application/wasm", await readFile(WASM)],
  };
  const server = createServer(({ url }, response) => {
    const [type, body] = files[url] ?? ["text/plain", ""];
    response.writeHead(200, { "content-type": type }).end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

async function inChromium() {
  const [server, browser] = [await servePage(), await openBrowser()];
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => globalThis.work !== undefined);
    const session = await page.context().newCDPSession(page);
    return await soak("chromium", {
      run: (name, count) => page.evaluate(([method, calls]) => globalThis.work.run(method, calls), [name, count]),
      async measure() {
        await session.send("HeapProfiler.collectGarbage");
        const { usedSize } = await session.send("Runtime.getHeapUsage");
        return { wasm: await page.evaluate(() => globalThis.memory.buffer.byteLength), heap: usedSize };
      },
      free: () => page.evaluate(() => void globalThis.work.free()).then(() => ""),
    });
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

// Chromium first: in Node fetch is replaced for good.
const faults = [];
if (options.in !== "node") faults.push(...(await inChromium()));
if (options.in !== "chromium") faults.push(...(await inNode()));
for (const fault of faults) console.log(`FOUND ${fault}`);
process.exit(faults.length === 0 ? 0 : 1);
