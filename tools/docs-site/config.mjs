// How VitePress builds the site; copied beside the pages by stage.mjs.
import { readFileSync } from "node:fs";

import { defineConfig } from "vitepress";

import { anchor } from "./markdown.mjs";

export default defineConfig({
  title: "costrict-credit",
  description: "CoStrict credits for editors, pages, terminals and programs.",
  // For a site that is not at the root of its host.
  base: process.env.DOCS_BASE ?? "/",
  cleanUrls: false,
  // Written by cargo doc and TypeDoc, and copied in after this; check.mjs sees to these links.
  ignoreDeadLinks: [/^\/(rust|typescript)\//],
  markdown: {
    // The documents are written for forges, where a tag in the text is text.
    html: false,
    anchor: { slugify: anchor },
  },
  themeConfig: {
    sidebar: JSON.parse(readFileSync(new URL("./sidebar.json", import.meta.url), "utf8")),
    nav: [
      { text: "TypeScript", link: "/typescript/index.html", target: "_self" },
      { text: "Rust", link: "/rust/costrict_credit/index.html", target: "_self" },
    ],
    outline: [2, 3],
    search: { provider: "local" },
  },
});
