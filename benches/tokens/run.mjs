// The token estimate beside its peers, in one run: speed, cold start, typing, hostile text, size. Errors by kind come from tools/fit-tokens.
//
//   npm install && npm run build && npm run bench [-- TEXT_FILES...]
//
// Without files it takes the sources and documents of this repository. Time is the process's own CPU time, so that other load on the
// machine disturbs it less than a clock on the wall.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
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
      else if (/\.(rs|ts|js|mjs|md|json|py|txt)$/.test(entry.name)) found.push(readFileSync(`${folder}/${entry.name}`, "utf8"));
    }
  };
  walk(root);
  return found;
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Best and first MB/s over passes through the prompts; slow peers get fewer passes. */
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
  return `${first.toFixed(1).padStart(7)} first ${best.toFixed(1).padStart(7)} best`;
}

const own = loadOwn();
const peers = [{ name: "own estimate (wasm)", count: own.count }, ...(await loadPeers())];
const all = sources().join("\n");

console.log("MB/s of UTF-8");
for (const size of [1_000, 50_000, 500_000]) {
  const total = Math.min(all.length, 2_000_000);
  const prompts = [];
  for (let at = 0; at + size <= total; at += size) prompts.push(all.slice(at, at + size));
  for (const { name, count } of prompts.length ? peers : []) {
    console.log(`  ${String(size).padStart(7)} characters  ${name.padEnd(22)} ${speed(count, prompts, name.startsWith("own") ? 40 : 6)}`);
  }
}

console.log("Cold start: a process of its own, from the file to the first count, median of 9");
const started = (script) => {
  const times = Array.from({ length: 9 }, () => Number(execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8", cwd: here })));
  return times.sort((a, b) => a - b)[4].toFixed(1);
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
for (const { name } of peers) console.log(`  ${name.padEnd(22)} ${started(COLD[name])} ms`);

console.log("Typing at the end of a 400 KB prompt, one character, median of 400");
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
console.log(`  own estimate (wasm)    ${steps.sort((a, b) => a - b)[200].toFixed(1)} us`);
for (const { name, count } of peers.slice(1)) {
  const start = cpu();
  count(long);
  console.log(`  ${name.padEnd(22)} ${((cpu() - start) * 1000).toFixed(0)} us (a full recount)`);
}

// The exact peers are left out: they take from seconds to forever (docs/estimates.md).
console.log("Hostile text of 1 MB");
const HOSTILE = { letters: "a", spaces: " ", newlines: "\n", equals: "=", chinese: "中", emoji: "😀", special: "<|endoftext|>" };
for (const [name, unit] of Object.entries(HOSTILE)) {
  const text = unit.repeat(Math.ceil(1_000_000 / Buffer.byteLength(unit)));
  const start = cpu();
  const tokens = own.count(text);
  const took = cpu() - start;
  const tokenx = peers.find((peer) => peer.name === "tokenx");
  console.log(`  ${name.padEnd(9)} own ${took.toFixed(1)} ms, ${tokens} tokens${tokenx ? `; tokenx ${tokenx.count(text)} tokens` : ""}`);
}

const wasm = readFileSync(wasmPath);
console.log(`Size: code with GLM ${wasm.length} bytes, gzip ${gzipSync(wasm, { level: 9 }).length}`);
for (const name of readdirSync(`${root}pkg/tokens`).filter((file) => file.endsWith(".bin"))) {
  console.log(`  ${name.padEnd(16)} gzip ${gzipSync(readFileSync(`${root}pkg/tokens/${name}`), { level: 9 }).length}`);
}
