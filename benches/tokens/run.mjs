// The token estimate beside its peers, in one run: speed, cold start, typing, hostile text, size. `cargo xtask bench tokens` builds and
// runs it; errors by kind come from tools/fit-tokens. Prints one JSON object for each number.
//
//   npm ci && npm run build && npm run bench [-- TEXT_FILES...]
//
// Without files it takes the sources and documents of this repository. Time is the process's own CPU time, so that other load on the
// machine disturbs it less than a clock on the wall.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { report } from "../support/report.mjs";
import { encoder, loadOwn, wasmPath } from "./own.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

async function loadPeers() {
  const peers = [];
  const attempt = async (name, load) => {
    try {
      peers.push({ name, count: await load() });
    } catch {
      console.log(`${name}: not installed, left out`);
    }
  };
  await attempt("tokenx", async () => (await import("tokenx")).estimateTokenCount);
  await attempt("gpt-tokenizer o200k", async () => {
    const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
    return (text) => countTokens(text, { disallowedSpecial: new Set() });
  });
  await attempt("tiktoken/lite o200k", async () => {
    const { Tiktoken } = await import("tiktoken/lite");
    const { default: ranks } = await import("tiktoken/encoders/o200k_base.json", { with: { type: "json" } });
    const tiktoken = new Tiktoken(ranks.bpe_ranks, ranks.special_tokens, ranks.pat_str);
    return (text) => tiktoken.encode(text, [], []).length;
  });
  return peers;
}

function sources() {
  const given = process.argv.slice(2);
  if (given.length) return given.map((path) => readFileSync(path, "utf8"));
  const skipped = new Set(["node_modules", "target", "dist", ".git"]);
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (skipped.has(entry.name)) continue;
      if (entry.isDirectory()) walk(`${folder}/${entry.name}`);
      else if (/\.(rs|ts|js|mjs|md|json|py|txt)$/.test(entry.name))
        found.push(readFileSync(`${folder}/${entry.name}`, "utf8"));
    }
  };
  walk(root);
  return found;
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** MB/s over passes through the prompts, best and first; slow peers get fewer passes. */
function speed(count, prompts, passes) {
  const bytes = prompts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  let first = 0;
  let best = 0;
  for (let pass = 0; pass < passes; pass++) {
    const start = cpu();
    for (const text of prompts) count(text);
    const rate = bytes / 1000 / Math.max(0.001, cpu() - start);
    if (!pass) first = rate;
    best = Math.max(best, rate);
    if (bytes / rate > 2_000_000) break;
  }
  return [best, first];
}

const own = loadOwn();
const peers = [{ name: "own estimate (wasm)", count: own.count }, ...(await loadPeers())];
const all = sources().join("\n");

for (const size of [1_000, 50_000, 500_000]) {
  const total = Math.min(all.length, 2_000_000);
  const prompts = [];
  for (let at = 0; at + size <= total; at += size) prompts.push(all.slice(at, at + size));
  for (const { name, count } of prompts.length ? peers : []) {
    const [best, first] = speed(count, prompts, name.startsWith("own") ? 40 : 6);
    report(`tokens: ${size} characters, ${name}`, best, "MB/s", [first, best]);
  }
}

// Cold start: a process of its own, from the file to the first count.
const started = (script) => {
  const times = Array.from({ length: 9 }, () =>
    Number(execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8", cwd: here })),
  );
  const sorted = times.toSorted((a, b) => a - b);
  return [sorted[4], [sorted[0], sorted[8]]];
};
const COLD = {
  "own estimate (wasm)": `
    import { readFileSync } from "node:fs";
    const start = performance.now();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(${JSON.stringify(wasmPath)})), {});
    const at = exports.buffer();
    new TextEncoder().encodeInto("fn main() {}", new Uint8Array(exports.memory.buffer, at, 100));
    exports.estimate(12);
    console.log(performance.now() - start);`,
  tokenx: `const start = performance.now(); (await import("tokenx")).estimateTokenCount("fn main() {}"); console.log(performance.now() - start);`,
  "gpt-tokenizer o200k": `const start = performance.now(); (await import("gpt-tokenizer/encoding/o200k_base")).countTokens("fn main() {}"); console.log(performance.now() - start);`,
  "tiktoken/lite o200k": `
    const start = performance.now();
    const { Tiktoken } = await import("tiktoken/lite");
    const { default: ranks } = await import("tiktoken/encoders/o200k_base.json", { with: { type: "json" } });
    new Tiktoken(ranks.bpe_ranks, ranks.special_tokens, ranks.pat_str).encode("fn main() {}", [], []);
    console.log(performance.now() - start);`,
};
for (const { name } of peers) {
  const [median, range] = started(COLD[name]);
  report(`tokens: cold start, ${name}`, median, "ms", range);
}

// Typing: one character at the end of a long prompt. The peers count all of it again.
const long = all.slice(0, 400_000);
const length = encoder.encodeInto(long, own.current()).written;
own.exports.update(length, 0);
const steps = Array.from({ length: 400 }, (_, step) => {
  const same = length - 1 - (step % 512);
  const start = performance.now();
  encoder.encodeInto("x", own.current().subarray(same));
  own.exports.update(same + 1, same);
  const took = performance.now() - start;
  own.exports.update(length, same);
  return took * 1000;
});
const inOrder = steps.toSorted((a, b) => a - b);
report("tokens: typing in 400 KB, own estimate (wasm)", inOrder[200], "us", [inOrder[0], inOrder[380]]);
for (const { name, count } of peers.slice(1)) {
  const start = cpu();
  count(long);
  report(`tokens: typing in 400 KB, ${name}`, (cpu() - start) * 1000, "us");
}

// The exact peers are left out: they take from seconds to forever (docs/estimates.md).
const HOSTILE = {
  letters: "a",
  spaces: " ",
  newlines: "\n",
  equals: "=",
  chinese: "中",
  emoji: "😀",
  special: "<|endoftext|>",
};
for (const [name, unit] of Object.entries(HOSTILE)) {
  const text = unit.repeat(Math.ceil(1_000_000 / Buffer.byteLength(unit)));
  const start = cpu();
  const tokens = own.count(text);
  report(`tokens: 1 MB of ${name}, own estimate (wasm)`, cpu() - start, "ms");
  const tokenx = peers.find((peer) => peer.name === "tokenx");
  console.log(`1 MB of ${name}: ${tokens} tokens${tokenx ? `; tokenx ${tokenx.count(text)}` : ""}`);
}

const wasm = readFileSync(wasmPath);
report("tokens: code built for speed, with GLM, gzip", gzipSync(wasm, { level: 9 }).length, "bytes");
for (const name of readdirSync(`${root}pkg/tokens`).filter((file) => file.endsWith(".bin"))) {
  report(`tokens: ${name}, gzip`, gzipSync(readFileSync(`${root}pkg/tokens/${name}`), { level: 9 }).length, "bytes");
}
