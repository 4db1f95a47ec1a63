/** What every bench script needs: where the packed package is, how to repeat, and how to report a result. */
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(fileURLToPath(import.meta.url), "../../..");

/** A file of the packed and unpacked package. */
export const installed = (file) => resolve(root, "target/package/node_modules/costrict-credit", file);

/** The same as something to import. */
export const importable = (file) => pathToFileURL(installed(file)).href;

/** How often to repeat; a few times in the short form of `cargo xtask bench --short`. */
export const repeats = (count) => (process.env.BENCH_SHORT ? Math.min(count, 3) : count);

/** Prints one measurement on a line of its own; `cargo xtask bench` shows and stores it. */
export function report(name, value, unit, range) {
  console.log(JSON.stringify({ name, value, unit, ...(range && { range }) }));
}

/** Reports the median of `times`, and their range without the slowest twentieth. */
export function reportTimes(name, times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  report(name, at(0.5), "ms", [sorted[0], at(0.95)]);
}

/** Milliseconds of each of `count` runs, after as many that are not counted. */
export function times(count, work) {
  for (let run = 0; run < count; run++) work();
  return Array.from({ length: count }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
}
