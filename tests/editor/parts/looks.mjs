// Themes and languages. "ann" is signed in and stays so.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const THEMES = { light: "Default Light Modern", dark: "Default Dark Modern", "high contrast": "Default High Contrast" };

export function looks(world) {
  describe("looks", () => {
    let window, axe;

    before(async () => {
      ({ window } = world);
      axe = await readFile(AXE, "utf8");
      await window.openSideBar();
    });
    after(() => window.configure({ "workbench.colorTheme": null }));

    for (const [name, theme] of Object.entries(THEMES)) {
      it(`can be read and used in the ${name} theme`, async () => {
        await window.configure({ "workbench.colorTheme": theme });
        const kind = { light: "vscode-light", dark: "vscode-dark", "high contrast": "vscode-high-contrast" }[name];
        const panel = await window.panel();
        await panel.locator(`body.${kind} .headline-value`).waitFor();
        await panel.evaluate(axe);
        const { violations } = await panel.evaluate(() => globalThis.axe.run(document.querySelector("credit-panel")));
        assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
        if (kind !== "vscode-high-contrast") return;
        // Without colour, the edge tells how far the meter goes.
        const edge = await panel.locator("meter, [role=meter], [role=progressbar]").first().evaluate((meter) => {
          const { borderTopWidth, outlineWidth, outlineStyle } = getComputedStyle(meter);
          return Math.max(parseFloat(borderTopWidth), outlineStyle === "none" ? 0 : parseFloat(outlineWidth));
        });
        assert.ok(edge >= 1, `the meter's edge is ${edge} px`);
      });
    }

    it("speaks Chinese in a Chinese editor: commands, prompts and the panel", async () => {
      const bob = await world.account(5);
      const chinese = await world.editor.window({ person: "bob", language: "zh-CN" });
      await chinese.statusItem.waitFor();
      await chinese.command("CoStrict: 登录 CoStrict 积分");
      await chinese.page.locator(".quick-input-title", { hasText: /^登录 CoStrict 积分$/ }).waitFor();
      await chinese.choose("使用令牌");
      await chinese.answer(bob.token);
      await chinese.statusSays(bob.number);
      await chinese.command("CoStrict: 查看积分");
      const panel = await chinese.panel();
      await panel.locator(".headline-value", { hasText: bob.number }).waitFor();
      assert.match(await panel.locator("body").innerText(), /积分/);
      assert.ok((await chinese.tooltip()).links.includes("查看积分"));
      await chinese.page.close();
    });
  });
}
