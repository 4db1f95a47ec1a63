// What leaves the account, by command: a voucher for another account, and files. Begins and leaves "ann" at home.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe } from "node:test";

import { testsOf } from "../support/tests.mjs";
import { inEnglish } from "../support/world.mjs";

const AUDIT = "/quota-manager/api/v1/quota/audit";
const STATISTICS = "/quota-manager/api/v1/usage/statistics";

export function filesAndVouchers(world) {
  const { after, before, it } = testsOf(world);

  describe("files and vouchers", () => {
    let ledger, editor, window;

    before(async () => {
      ({ ledger, editor, window } = world);
      await world.home();
    });
    after(() => world.home());

    it("a voucher that one account gives is redeemed by another, once", async () => {
      const [giver, receiver] = [await world.account(40), await world.account(7)];
      const numbers = async () => [await world.remaining(giver.token), await world.remaining(receiver.token)];
      const asNumber = (text) => Number(text.replaceAll(",", ""));
      const expected = [inEnglish(asNumber(giver.number) - 12.5), inEnglish(asNumber(receiver.number) + 12.5)];

      await window.signIn(giver.token);
      await window.statusShows(giver.number);
      await window.command("CoStrict: Give credits away");
      await window.choose(/./);
      await window.answer("12.5", "text");
      await window.answer(receiver.id, "text");
      await window.agree("Create voucher", /./);
      // What was copied before is no voucher.
      await window.inHost(({ vscode }) => vscode.env.clipboard.writeText(""));
      const made = window.notice("Voucher created");
      await made.waitFor();
      await window.keepNotices();
      await made.locator(".monaco-button", { hasText: "Copy" }).click();
      const code = await window.until("the voucher in the clipboard", async () => {
        const copied = await window.inHost(({ vscode }) => vscode.env.clipboard.readText());
        return copied.length > 20 ? copied : undefined;
      });
      await window.statusShows(expected[0]);

      await window.signIn(receiver.token);
      await window.statusShows(receiver.number);
      for (const says of ["Voucher redeemed", /./]) {
        await window.command("CoStrict: Redeem a voucher");
        await window.answer(code, "text");
        await window.notice(says).first().waitFor();
        await window.statusShows(expected[1]);
        await window.closeNotices();
      }
      assert.deepEqual(await numbers(), expected);
    });

    /** The text of the file that the command writes. */
    async function exported(choice, name) {
      await world.home();
      const path = editor.path("folder", name);
      await window.command("CoStrict: Export usage or the Credit Record");
      await window.choose(choice);
      // The editor's own dialog, which already has the name.
      const box = window.page.locator(".quick-input-widget input[type=text]").first();
      await window.until("the name of the file", async () => ((await box.inputValue()) === path ? true : undefined));
      await box.press("Enter");
      return window.until("the file", async () => (await readFile(path, "utf8").catch(() => "")) || undefined);
    }

    it("the usage goes to a file with every request that the server has of the last thirty days", async () => {
      const [header, ...rows] = (await exported(/CSV[\s\S]*Usage/, "credits-usage.csv")).trimEnd().split("\r\n");
      const credits = header.split(",").indexOf("credits");
      const { total, records } = await ledger.ask(
        world.demoToken,
        `${STATISTICS}?time_range=30days&page=1&page_size=50`,
      );
      assert.ok(total > records.length, "more than one page");
      assert.equal(rows.length, total);
      // The newest come first in both.
      assert.deepEqual(
        rows.slice(0, records.length).map((row) => Number(row.split(",")[credits])),
        records.map((row) => row.credits_used),
      );
    });

    it("the Credit Record goes to a file with every row that the server has", async () => {
      const text = await exported(/JSON[\s\S]*Credit record/, "credits-records.json");
      const { total } = await ledger.ask(world.demoToken, `${AUDIT}?page=1&page_size=1`);
      const read = JSON.parse(text);
      const rows = Array.isArray(read) ? read : Object.values(read).find(Array.isArray);
      assert.ok(total > 0);
      assert.equal(rows.length, total);
    });
  });
}
