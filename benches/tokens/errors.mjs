// Errors by kind against exact o200k, own estimate beside peers in one run, on the test packages of a corpus that tools/fit-tokens collected.
//
//   npm run errors -- CORPUS.jsonl
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import ranks from "tiktoken/encoders/o200k_base.json" with { type: "json" };
import { Tiktoken } from "tiktoken/lite";
import { estimateTokenCount } from "tokenx";
import { loadOwn } from "./own.mjs";

const [corpus] = process.argv.slice(2);
if (!corpus) {
  console.error("usage: npm run errors -- CORPUS.jsonl");
  process.exit(1);
}
const exact = new Tiktoken(ranks.bpe_ranks, ranks.special_tokens, ranks.pat_str);
const own = loadOwn();
const table = readFileSync(fileURLToPath(new URL("../../pkg/tokens/o200k.bin", import.meta.url)));
own.load(table);

const ESTIMATES = {
  own: (text) => own.countLoaded(text),
  tokenx: (text) => estimateTokenCount(text),
  "characters / 4": (text) => text.length / 4,
  "bytes / 4": (text) => Buffer.byteLength(text) / 4,
};
const errors = new Map();
for await (const line of createInterface({ input: createReadStream(corpus) })) {
  const { kind, split, text } = JSON.parse(line);
  if (split !== 1) continue;
  const truth = exact.encode(text, [], []).length;
  const row = errors.get(kind) ?? Object.fromEntries(Object.keys(ESTIMATES).map((name) => [name, []]));
  errors.set(kind, row);
  for (const [name, count] of Object.entries(ESTIMATES)) row[name].push(Math.abs(count(text) / truth - 1) * 100);
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const p95 = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)];
const names = Object.keys(ESTIMATES);
console.log(
  `kind     ${names.map((name) => name.padStart(15)).join("")}   (mean / p95 of the error in %, against exact o200k)`,
);
const cell = (values) => `${mean(values).toFixed(1)} / ${p95(values).toFixed(1)}`.padStart(15);
for (const [kind, row] of [...errors].sort())
  console.log(`${kind.padEnd(9)}${names.map((name) => cell(row[name])).join("")}`);
const overall = names.map((name) => {
  const kinds = [...errors.values()].map((row) => mean(row[name]));
  return `${mean(kinds).toFixed(1)} / ${p95([...errors.values()].flatMap((row) => row[name])).toFixed(1)}`.padStart(15);
});
console.log(`mean     ${overall.join("")}`);
