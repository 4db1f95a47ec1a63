// Times in Chromium: from the bytes of the wasm file to the first account(), a new page for each start.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "../tests/package/server.mjs";
import { coreFiles } from "./support/core-files.mjs";
import { repeats } from "./support/report.mjs";
import { reportStarts, startProgram } from "./support/start.mjs";

const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const MEASURE = startProgram({
  specifier: "/web.js",
  bytes: 'await (await fetch("/dist/costrict_credit_bg.wasm")).arrayBuffer()',
  done: "document.body.setAttribute.bind(document.body, 'data-took')",
});
const files = {
  "/": {
    type: "text/html",
    body: `<!doctype html><title>bench</title><body><script type="module">${MEASURE}</script>`,
  },
  ...coreFiles(),
};
const server = await serve({ files });
const profile = mkdtempSync(join(tmpdir(), "costrict-credit-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});
try {
  const took = [];
  for (let run = 0; run < repeats(15); run++) {
    const page = await browser.newPage();
    await page.goto(`${server.base}/`);
    // The body is empty, so it never counts as visible.
    await page.waitForSelector("body[data-took]", { state: "attached" });
    took.push(JSON.parse(await page.getAttribute("body", "data-took")));
    await page.close();
  }
  reportStarts("Chromium", took, "compile");
} finally {
  await browser.close();
  await server.close();
  rmSync(profile, { recursive: true, force: true });
}
