// What a page must never do, gathered while it runs.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Gathers script errors, and what the page's policy had to refuse. Read `found` at the end. */
export async function watch(page) {
  const found = [];
  page.on("pageerror", (error) => found.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/i.test(message.text()))
      found.push(`policy: ${message.text()}`);
  });
  return found;
}

/** What axe finds, one line for each: none is right. */
export async function axe(page, rules) {
  // Run by the browser itself, not by the page, so that the page's policy stays as strict as it is.
  await page.evaluate(AXE);
  return page.evaluate(async (only) => {
    const run = only === undefined ? {} : { runOnly: { type: "rule", values: only } };
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"], ...run });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? node.all[0]?.message ?? ""}`),
    );
  }, rules);
}

/** Elements that are wider than the page. */
export function overflowing(page) {
  return page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    const scrolls = (element) => {
      for (let above = element.parentElement; above !== null; above = above.parentElement) {
        if (["auto", "scroll", "hidden"].includes(getComputedStyle(above).overflowX) && above !== document.body)
          return true;
      }
      return false;
    };
    const elements = [...document.body.querySelectorAll("*"), ...shadow().querySelectorAll("*")];
    const wide = elements.filter((element) => {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || element.closest(".visually-hidden") !== null || scrolls(element)) return false;
      return box.right > limit + 0.5 || box.left < -0.5;
    });
    const lines = wide.map((element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`);
    if (document.documentElement.scrollWidth > limit) lines.push(`page: ${document.documentElement.scrollWidth} wide`);
    return lines;
  });
}
