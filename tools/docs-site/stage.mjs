// Copies the documents to where the site is built from: node stage.mjs REPOSITORY_FOLDER TARGET_FOLDER NODE_MODULES
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { asPage, pagesOf, placeOf, summary } from "./pages.mjs";

const [root, target, packages] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const groups = summary(root);
const pages = pagesOf(groups);
// As CI names it; a developer's checkout has no address.
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
const repository = GITHUB_REPOSITORY ? `${GITHUB_SERVER_URL ?? "https://github.com"}/${GITHUB_REPOSITORY}` : undefined;

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, ".vitepress"), { recursive: true });
// VitePress takes its packages from where the pages are.
symlinkSync(packages, join(target, "node_modules"), "junction");
cpSync(join(root, "docs/screenshots"), join(target, "screenshots"), { recursive: true });
for (const page of pages) {
  const path = join(target, placeOf(page));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, asPage(page, readFileSync(join(root, page), "utf8"), { pages, repository }));
}
// Linked by the contract's pages.
cpSync(join(root, "docs/contract/real-answers.json"), join(target, "contract/real-answers.json"));
for (const file of ["config.mjs", "markdown.mjs"]) cpSync(join(here, file), join(target, ".vitepress", file));
const sidebar = (items) =>
  items.map(({ text, page, items: below }) => ({
    text,
    ...(page ? { link: `/${placeOf(page)}` } : {}),
    ...(below.length > 0 ? { items: sidebar(below), collapsed: page !== undefined } : {}),
  }));
writeFileSync(join(target, ".vitepress/sidebar.json"), JSON.stringify(sidebar(groups)));
