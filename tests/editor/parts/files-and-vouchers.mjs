// What leaves the account, by command: a voucher for another account, and files. Begins and leaves "ann" at home.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe } from "node:test";

import { testsOf } from "../support/tests.mjs";
import { inEnglish } from "../support/world.mjs";

const AUDIT = "/quota-manager/api/v1/quota/audit";

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
      await window.statusSays(giver.number);
      await window.command("CoStrict: Give credits away");
      await window.choose(/./);
      await window.answer("12.5", "text");
      await window.answer(receiver.id, "text");
      await window.agree("Make voucher", /./);
      // What was copied before is no voucher.
      await window.inHost(({ vscode }) => vscode.env.clipboard.writeText(""));
      const made = window.notice("Voucher made");
      await made.waitFor();
      await window.keepNotices();
      await made.locator(".monaco-button", { hasText: "Copy" }).click();
      const code = await window.until("the voucher in the clipboard", async () => {
        const copied = await window.inHost(({ vscode }) => vscode.env.clipboard.readText());
        return copied.length > 20 ? copied : undefined;
      });
      await window.statusSays(expected[0]);

      await window.signIn(receiver.token);
      await window.statusSays(receiver.number);
      for (const says of ["Voucher redeemed", /./]) {
        await window.command("CoStrict: Redeem a voucher");
        await window.answer(code, "text");
        await window.notice(says).first().waitFor();
        await window.statusSays(expected[1]);
        await window.closeNotices();
      }
      assert.deepEqual(await numbers(), expected);
    });

    it("the Credit Record goes to a file with every row that the server has", async () => {
      await world.home();
      const path = editor.path("folder", "credits-records.json");
      await window.command("CoStrict: Export usage or the Credit Record");
      await window.choose(/JSON[^]*Record/);
      // The editor's own dialog, which already has the name.
      const box = window.page.locator(".quick-input-widget input[type=text]").first();
      await window.until("the name of the file", async () => ((await box.inputValue()) === path ? true : undefined));
      await box.press("Enter");
      const text = await window.until("the file", () => readFile(path, "utf8").catch(() => undefined));
      const { total } = await ledger.ask(world.demoToken, `${AUDIT}?page=1&page_size=1`);
      const read = JSON.parse(text);
      const rows = Array.isArray(read) ? read : Object.values(read).find(Array.isArray);
      assert.ok(total > 0);
      assert.equal(rows.length, total);
    });
  });
}
