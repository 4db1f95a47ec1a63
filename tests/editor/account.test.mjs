// The extension in a real VS Code against a real ledger: what a user sees from the first start to the last sign-out.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Ledger } from "../panel/support/ledger.mjs";
import { Editor } from "./support/editor.mjs";

/** As the core writes numbers in English: at most two decimals. */
const inEnglish = (number) => new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(number);
const QUOTA = "/quota-manager/api/v1/quota";

describe("the extension in the Node host", () => {
  let ledger, editor, window, token;

  const remaining = async () => {
    const { total_quota: total, used_quota: used } = await ledger.ask(token, QUOTA);
    return inEnglish(total - used);
  };
  const chats = async () => (await ledger.admin("GET", "/requests")).counts["POST /chat-rag/api/v1/chat/completions"] ?? 0;
  const readings = async () => (await ledger.admin("GET", "/requests")).counts[`GET ${QUOTA}`] ?? 0;

  before(async () => {
    ledger = await Ledger.start();
    token = await ledger.token(await ledger.demo());
    editor = await Editor.start({
      settings: {
        "costrictCredit.baseUrl": ledger.url,
        "costrictCredit.model": "Kimi-K2-Moonshot",
        "costrictCredit.budget.perDay.stop": 10,
      },
    });
    window = await editor.window();
  });
  after(async () => {
    await editor?.stop();
    await ledger?.stop();
  });

  it("is signed out at first, and asks nobody", async () => {
    await window.statusItem.waitFor();
    assert.equal((await window.statusItem.innerText()).trim(), "");
    assert.equal((await ledger.admin("GET", "/requests")).total, 0);
  });

  it("shows the ledger's number after signing in", async () => {
    await window.signIn(token);
    await window.statusSays(await remaining());
  });

  it("shows the same number in the side bar", async () => {
    const panel = await window.openSideBar();
    await panel.locator(".headline-value", { hasText: await remaining() }).waitFor();
  });

  it("shows the same number in an editor tab", async () => {
    await window.command("CoStrict: Open credits in a tab");
    const number = await remaining();
    await window.until("two panels with the number", async () => {
      const panels = window.page.frames().filter((frame) => frame.url().includes("/fake.html"));
      const shown = await Promise.all(panels.map((frame) => frame.locator(".headline-value", { hasText: number }).count().catch(() => 0)));
      return shown.filter((count) => count === 1).length === 2 ? true : undefined;
    });
    await window.command("View: Close All Editors");
  });

  it("shares one reading with a second window", async () => {
    const number = await remaining();
    const before = await readings();
    const second = await editor.window();
    await second.statusSays(number);
    assert.equal(await readings(), before);
    await second.page.close();
  });

  it("says before a request what it costs, and shows the new number after it", async () => {
    const before = await remaining();
    await window.command("CoStrict: Ask a model with a cost check");
    await window.answer("Explain burn-down.", "text");
    await window.agree("Send", /credit/);
    const after = await window.until("the request to be charged", async () => {
      const now = await remaining();
      return now === before ? undefined : now;
    });
    await window.statusSays(after);
    const panel = await window.panel();
    await panel.locator(".headline-value", { hasText: after }).waitFor();
  });

  it("sends nothing over a hard budget, and says so", async () => {
    const warned = () => window.page.locator(".notifications-toasts .notification-list-item").count();
    await window.until("the budget to stop a request", async () => {
      await window.command("CoStrict: Ask a model with a cost check");
      await window.answer("Explain holds.", "text");
      await window.agree("Send", /credit/);
      const before = await chats();
      return window.until("an answer or a refusal", async () => {
        if ((await warned()) > 0) return true;
        return (await chats()) > before ? false : undefined;
      }).then((stopped) => stopped || undefined);
    });
    // Ten credits pay one request by day, two at half price.
    assert.ok((await chats()) <= 2);
  });

  it("hides amounts everywhere at once", async () => {
    const number = await remaining();
    await window.command("CoStrict: Hide or show amounts");
    await window.statusItem.filter({ hasText: /^\D*$/ }).waitFor();
    await window.until("a panel without amounts", async () => {
      const panel = await window.panel();
      return (await panel.locator("body").innerText()).includes(number) ? undefined : true;
    });
    await window.command("CoStrict: Hide or show amounts");
    await window.statusSays(number);
  });

  it("keeps the number while the server is away, and says so", async () => {
    const known = await remaining();
    const panel = await window.panel();
    // Asked too soon, the core answers from what it has: ask until it asks the server.
    const refreshUntil = (banners) =>
      window.until(`${banners} problems`, async () => {
        await window.command("CoStrict: Refresh credits");
        return (await panel.locator(".banner").count()) === banners ? true : undefined;
      });
    await ledger.halt();
    await refreshUntil(1);
    assert.equal((await panel.locator(".headline-value").innerText()).trim(), known);
    await ledger.resume();
    await refreshUntil(0);
  });

  it("leaves the token nowhere", async () => {
    const panel = await window.panel();
    const secrets = [token, token.split(".")[1], token.split(".")[2]];
    const shown = (await window.page.content()) + (await panel.content());
    for (const secret of secrets) assert.ok(!shown.includes(secret), "the page holds the token");
    let files = 0;
    for await (const { path, text } of editor.filesLeft("user", "server", "home", "folder", "tmp")) {
      files += 1;
      for (const secret of secrets) assert.ok(!text.includes(secret), `${path} holds the token`);
    }
    assert.ok(files > 5);
  });

  it("forgets the account on signing out", async () => {
    const readingsKept = async () => {
      const names = [];
      for await (const { path, text } of editor.filesLeft("user/User/globalStorage")) {
        if (path.endsWith(".value") && text.includes('"total"')) names.push(path);
      }
      return names;
    };
    assert.equal((await readingsKept()).length, 1);
    const panel = await window.panel();
    await window.command("CoStrict: Sign out of CoStrict credits");
    await panel.locator(".headline-value").waitFor({ state: "detached" });
    assert.deepEqual(await readingsKept(), []);
  });

  it("breaks no policy and asks no other host", () => {
    assert.deepEqual(editor.violations, []);
    assert.deepEqual([...editor.outside], []);
  });
});
