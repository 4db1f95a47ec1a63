// The panel as a user has it: the built page, the real core in it, and a real ledger behind it.
import { once } from "node:events";

import { openBrowser } from "./browser.mjs";
import { Ledger } from "./ledger.mjs";
import { servePage } from "./page-server.mjs";
import { watch } from "./watch.mjs";

export const QUOTA = "/quota-manager/api/v1/quota";

/** A ledger, a page server and a browser for one file of tests. */
export class World {
  static async start(...flags) {
    const world = new World();
    world.ledger = await Ledger.start(...flags);
    world.server = await servePage({ folder: new URL("../../../www/dist/", import.meta.url) });
    world.browser = await openBrowser();
    return world;
  }

  async stop() {
    await this.browser?.close();
    await this.server?.close();
    await this.ledger?.stop();
  }

  /** The panel of an account; a token of undefined is signed out. */
  async open(token, { viewport = { width: 320, height: 800 }, locale, prepare, ...context } = {}) {
    this.signIn(token);
    const page = await this.browser.newPage({ viewport, ...(locale === undefined ? {} : { locale }), ...context });
    const found = await watch(page);
    await prepare?.(page);
    await page.goto(this.server.url);
    await page.locator(".panel").waitFor();
    return { page, found };
  }

  signIn(token) {
    this.server.setSession({ baseUrl: this.ledger.url, ...(token === undefined ? {} : { token }) });
  }

  /** A new account with a token. */
  async account(...grants) {
    const id = await this.ledger.account(...grants);
    return { id, token: await this.ledger.token(id) };
  }

  /** The balance by the server itself. */
  async quota(token) {
    const { total_quota: total, used_quota: used, quota_list: list } = await this.ledger.ask(token, QUOTA);
    return { total, used, remaining: total - used, list };
  }
}

/** As the page writes numbers in English: at most two decimals. */
export const inEnglish = (number) => new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(number);

export const headline = (page) => page.locator(".headline-value");

/** Waits until the headline shows the number. */
export async function showsBalance(page, number) {
  await page
    .locator(".headline-value", { hasText: new RegExp(`^${inEnglish(number).replace(/[.]/g, "\\.")}$`) })
    .waitFor();
}

/** Opens a tab by the id of its group, whatever it is called. */
export const openTab = (page, group) => page.locator(`#tab-${group}`).click();

/** Does something that makes the browser save a file; its name and text. */
export async function saved(page, act) {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  const stream = await download.createReadStream();
  const parts = [];
  stream.on("data", (part) => parts.push(part));
  await once(stream, "end");
  return { name: download.suggestedFilename(), text: Buffer.concat(parts).toString("utf8") };
}

/** Answers sign-ins of the page with these tokens, in turn, as if the user had passed the server's login page. */
export async function answerSignIns(page, tokens) {
  await page.context().route("**/plugin/login?**", (route) => route.fulfill({ body: "" }));
  await page.route("**/plugin/login/token?**", (route) =>
    route.fulfill({
      headers: { "access-control-allow-origin": "*" },
      json: {
        success: true,
        data: { access_token: tokens.shift(), state: new URL(route.request().url()).searchParams.get("state") },
      },
    }),
  );
}
