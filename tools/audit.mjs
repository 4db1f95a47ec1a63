// Asks npm for advisories of the packages whose code we ship; those of tools alone are printed and fail nothing. `npm audit
// --omit=dev` would not do: what is bundled is a development dependency. What is shipped is what the notices name.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const NOTICES = ["pkg/THIRD-PARTY-NOTICES.txt", "cli/dist/THIRD-PARTY-NOTICES.txt"];

/** The packages that a file of notices names; crates are among them, and harmless: `cargo deny` looks after them. */
export function named(notices) {
  return [...notices.matchAll(/^ *(@?[\w./-]+) \d+\.\d+\.\d+\S* \(/gm)].map(([, name]) => name);
}

/** What an audit report means for the packages that are shipped. */
export function judge({ vulnerabilities = {} }, shipped) {
  const found = Object.values(vulnerabilities).map(({ name, severity }) => ({ name, severity }));
  return {
    shipped: found.filter(({ name }) => shipped.has(name)),
    tools: found.filter(({ name }) => !shipped.has(name)),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { stdout, stderr } = spawnSync(npm, ["audit", "--json"], { cwd: root, encoding: "utf8" });
  const report = JSON.parse(stdout || "{}");
  if (report.auditReportVersion === undefined) {
    console.error(`npm's advisories were not answered: ${report.message ?? stderr}`);
    process.exit(1);
  }
  const shipped = new Set(NOTICES.flatMap((file) => named(readFileSync(join(root, file), "utf8"))));
  const result = judge(report, shipped);
  for (const { name, severity } of result.tools) console.log(`in a tool: ${name}, ${severity}`);
  for (const { name, severity } of result.shipped) console.error(`shipped: ${name}, ${severity}`);
  process.exitCode = result.shipped.length > 0 ? 1 : 0;
}
