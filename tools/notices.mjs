// Writes pkg/THIRD-PARTY-NOTICES.txt: whose code is in the package beside ours, and under which licence. With --check it writes
// nothing, and fails where the file is not current. The crates are those that are compiled into the wasm, the npm packages those
// that pkg/build.mjs bundled last.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const FILE = join(root, "pkg/THIRD-PARTY-NOTICES.txt");
const RULE = `\n${"-".repeat(100)}\n\n`;
const TARGET = "wasm32-unknown-unknown";

/** What cargo prints, without the network where it can: on a new machine some crates of the lock file are not there yet. */
function cargo(...args) {
  const run = (...flags) =>
    execFileSync("cargo", [...args, "--locked", ...flags], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 1 << 26,
      stdio: ["ignore", "pipe", "pipe"],
    });
  try {
    return run("--offline");
  } catch {
    return run();
  }
}

/** The crates in the wasm as { name, version, license, folder }; macros and build scripts leave no code in it. */
function crates() {
  const edges = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"];
  const tree = cargo("tree", "--package", "costrict-credit", "--target", TARGET, ...edges);
  const compiled = new Set(tree.split("\n").flatMap((line) => /^(\S+) v(\S+)/.exec(line)?.slice(1, 3).join(" ") ?? []));
  const { packages } = JSON.parse(cargo("metadata", "--format-version", "1", "--filter-platform", TARGET));
  return packages
    .filter(({ name, version, source }) => source !== null && compiled.has(`${name} ${version}`))
    .map(({ name, version, license, manifest_path }) => ({ name, version, license, folder: dirname(manifest_path) }));
}

/** The npm packages in the bundles. */
function bundledPackages() {
  const names = JSON.parse(readFileSync(join(root, "pkg/dist/bundled.json"), "utf8"));
  return names.map((name) => {
    const folder = join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return { name, version, license, folder };
  });
}

/** The texts that a licence asks to be passed on; those of Apache-2.0 are one text for all. */
function textsOf({ name, license, folder }) {
  const files = readdirSync(folder);
  const text = (file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
  const notices = files.filter((file) => /^notice/i.test(file)).map(text);
  const other = files.filter((file) => /^(licen[cs]e|copying)/i.test(file) && !/apache|unlicense/i.test(file));
  if (/Apache-2\.0/.test(license)) {
    // "AND" demands another one beside it.
    const more = /AND/.test(license) ? other.filter((file) => !/mit/i.test(file)).map(text) : [];
    return { isApache: true, texts: [...notices, ...more] };
  }
  if (other.length === 0) throw new Error(`${name} has no file with its licence, ${license}`);
  return { isApache: false, texts: [...notices, ...other.map(text)] };
}

function section(title, parts) {
  const sorted = parts
    .map((part) => ({ ...part, ...textsOf(part) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const list = sorted.map(({ name, version, license }) => `  ${name} ${version} (${license})`).join("\n");
  return { list: `${title}\n\n${list}\n`, parts: sorted };
}

/** What the file has to say. */
export function notices() {
  const sections = [
    section("Crates in the WebAssembly module, beside Rust's standard library (MIT OR Apache-2.0):", crates()),
    section("npm packages in the bundles:", bundledPackages()),
  ];
  const byText = new Map();
  for (const { name, texts } of sections.flatMap(({ parts }) => parts))
    for (const text of texts) byText.set(text, [...(byText.get(text) ?? []), name]);
  const head =
    "Code of others in this package. Where a licence can be chosen, it is used under Apache-2.0, whose text is the\n" +
    "file LICENSE beside this one; the other licences follow. Made by `cargo xtask notices`.\n";
  const texts = [...byText].map(([text, names]) => `${names.join(", ")}\n\n${text}\n`);
  return [[head, ...sections.map(({ list }) => list)].join("\n"), ...texts].join(RULE);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = notices();
  if (!process.argv.includes("--check")) writeFileSync(FILE, text);
  else if (!existsSync(FILE) || readFileSync(FILE, "utf8") !== text) {
    console.error("pkg/THIRD-PARTY-NOTICES.txt is not current: run `cargo xtask notices`");
    process.exit(1);
  }
}
