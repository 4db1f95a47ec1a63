// Which documents the site has, in which order: docs/SUMMARY.md says it, and its links decide where a page is in the site.
import { readFileSync } from "node:fs";
import { posix } from "node:path";

import { links } from "./markdown.mjs";

/** Groups of pages, as { text, items: [{ text, page }] } with each page's path in the repository. */
export function summary(root) {
  const groups = [];
  for (const line of readFileSync(`${root}/docs/SUMMARY.md`, "utf8").split("\n")) {
    const heading = /^## (.+)$/.exec(line);
    if (heading) groups.push({ text: heading[1], items: [] });
    const item = /^( *)- \[(.+)\]\((.+)\)$/.exec(line);
    if (!item) continue;
    const entry = { text: item[2], page: posix.normalize(`docs/${item[3]}`), items: [] };
    const group = groups.at(-1);
    if (item[1] === "") group.items.push(entry);
    else group.items.at(-1).items.push(entry);
  }
  return groups;
}

/** All pages of the summary. */
export const pagesOf = (groups) => groups.flatMap(({ page, items }) => [...(page ? [page] : []), ...pagesOf(items)]);

/** Where a document of the repository is in the site: those of docs/ as they are, others beside them. */
export function placeOf(page) {
  const inside = page.startsWith("docs/") ? page.slice("docs/".length) : `project/${page.replaceAll("/", "-")}`;
  const isIndex = page.startsWith("docs/") && posix.basename(inside) === "README.md";
  return isIndex ? posix.join(posix.dirname(inside), "index.md") : inside;
}

/**
 * A document as a page of the site. Its links to other pages lead to their places; those to sources lead to `repository` or, where
 * that is not known, are plain text: a site has no sources.
 */
export function asPage(page, text, { pages, repository }) {
  let result = "";
  let done = 0;
  const here = placeOf(page);
  for (const { target, from, to } of links(text)) {
    const replaced = siteLink(page, here, target, { pages, repository });
    result += text.slice(done, from) + replaced;
    done = to;
  }
  return (result + text.slice(done)).replaceAll(/\[([^\]]*)\]\(#no-sources-here\)/g, "$1");
}

function siteLink(page, here, target, { pages, repository }) {
  if (/^([a-z][a-z0-9+.-]*:|\/|#)/i.test(target)) return target;
  const [file, hash] = target.split("#");
  const path = posix.join(posix.dirname(page), file).replace(/\/$/, "");
  const known = pages.find((candidate) => candidate === path || candidate === `${path}/README.md`);
  if (known) return relative(here, placeOf(known)) + (hash ? `#${hash}` : "");
  if (path.startsWith("docs/") && /\.(png|svg|json)$/.test(path)) return relative(here, path.slice("docs/".length));
  return repository ? `${repository}/blob/main/${path}` : "#no-sources-here";
}

function relative(from, to) {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}
