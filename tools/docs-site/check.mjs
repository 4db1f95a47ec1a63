// Checks the built site: every link of a page leads to a file of it, and to an anchor that is there. node check.mjs SITE_FOLDER
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";

const site = process.argv[2];
const base = process.env.DOCS_BASE ?? "/";
/** What cargo doc and TypeDoc wrote checks its own links. */
const GENERATED = ["rust", "typescript", "assets"];

const files = readdirSync(site, { recursive: true }).map((file) => file.replaceAll("\\", "/"));
const pages = files.filter((file) => file.endsWith(".html") && !GENERATED.includes(file.split("/")[0]));
const idsOf = new Map();
const ids = (file) => {
  if (!idsOf.has(file)) {
    const text = readFileSync(join(site, file), "utf8");
    idsOf.set(file, new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)));
  }
  return idsOf.get(file);
};

const dead = [];
let checked = 0;
for (const page of pages) {
  const text = readFileSync(join(site, page), "utf8");
  for (const [, target] of text.matchAll(/<(?:a|img|link|script)\s[^>]*?(?:href|src)="([^"]+)"/g)) {
    if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) continue;
    checked += 1;
    const [path, hash] = decodeURI(target.replaceAll("&amp;", "&")).split("#");
    const file =
      path === "" ? page : path.startsWith("/") ? path.slice(base.length) : posix.join(posix.dirname(page), path);
    const found = [file, posix.join(file, "index.html")].find(
      (candidate) => existsSync(join(site, candidate)) && statSync(join(site, candidate)).isFile(),
    );
    if (!found) dead.push(`${page}: ${target}`);
    else if (hash && found.endsWith(".html") && !GENERATED.includes(found.split("/")[0]) && !ids(found).has(hash))
      dead.push(`${page}: ${target} (no such heading)`);
  }
}
for (const line of dead) console.error(line);
console.log(`${pages.length} pages, ${checked} links, ${dead.length} dead`);
if (dead.length > 0 || pages.length === 0) process.exit(1);
