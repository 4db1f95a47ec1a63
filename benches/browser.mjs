// Times in Chromium: from the bytes of the wasm file to the first account(), a new page for each start.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "../tests/package/server.mjs";
import { installed, repeats } from "./support/report.mjs";
import { reportStarts, startProgram } from "./support/start.mjs";

const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const MEASURE = startProgram({
  specifier: "/web.js",
  bytes: 'await (await fetch("/dist/costrict_credit_bg.wasm")).arrayBuffer()',
  done: "document.body.setAttribute.bind(document.body, 'data-took')",
});
const script = (file) => ({ type: "text/javascript", body: readFileSync(installed(file)) });
const files = {
  "/": {
    type: "text/html",
    body: `<!doctype html><title>bench</title><body><script type="module">${MEASURE}</script>`,
  },
  "/web.js": script("web.js"),
  ...Object.fromEntries(
    ["facade.js", "credit-error.js", "handle.js", "legacy-quota.js", "loading.js"].map((name) => [
      `/${name}`,
      script(name),
    ]),
  ),
  "/dist/costrict_credit.js": script("dist/costrict_credit.js"),
  "/dist/costrict_credit_bg.wasm": {
    type: "application/wasm",
    body: readFileSync(installed("dist/costrict_credit_bg.wasm")),
  },
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
