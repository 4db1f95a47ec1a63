// Themes and languages. "ann" is signed in and stays so.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe } from "node:test";

import { testsOf } from "../support/tests.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const THEMES = { light: "Default Light Modern", dark: "Default Dark Modern", "high contrast": "Default High Contrast" };

export function appearance(world) {
  const { after, before, it } = testsOf(world);

  describe("looks", () => {
    let window, axe;

    before(async () => {
      ({ window } = world);
      await world.home();
      axe = await readFile(AXE, "utf8");
      await window.openSideBar();
    });
    after(() => window.configure({ "workbench.colorTheme": null }));

    for (const [name, theme] of Object.entries(THEMES)) {
      it(`can be read and used in the ${name} theme`, async () => {
        await window.configure({ "workbench.colorTheme": theme });
        const kind = { light: "vscode-light", dark: "vscode-dark", "high contrast": "vscode-high-contrast" }[name];
        await window.panelHas(`body.${kind} .headline-value`, { count: 1 });
        const panel = await window.panel();
        await panel.evaluate(axe);
        const { violations } = await panel.evaluate(() =>
          globalThis.axe.run(document.querySelector("costrict-credit-panel")),
        );
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`),
          [],
        );
        // What is not used of the meter stays near the page's own colour; in high contrast it has none.
        const track = await panel
          .locator(".meter")
          .first()
          .evaluate((meter) =>
            getComputedStyle(meter)
              .backgroundColor.match(/[\d.]+/g)
              .map(Number),
          );
        if (kind === "vscode-high-contrast") assert.equal(track[3], 0);
        else assert.equal(track[0] > 128, kind === "vscode-light", `the track is ${track}`);
        if (kind !== "vscode-high-contrast") return;
        // Without colour, only the edge shows the meter's value.
        const edge = await panel
          .locator("meter, [role=meter], [role=progressbar]")
          .first()
          .evaluate((meter) => {
            const { borderTopWidth, outlineWidth, outlineStyle } = getComputedStyle(meter);
            return Math.max(parseFloat(borderTopWidth), outlineStyle === "none" ? 0 : parseFloat(outlineWidth));
          });
        assert.ok(edge >= 1, `the meter's edge is ${edge} px`);
      });
    }

    it("speaks Chinese in a Chinese editor: commands, prompts and the panel", async () => {
      const bob = await world.account(5);
      await world.inWindow({ person: "bob", language: "zh-CN" }, async (chinese) => {
        await chinese.statusItem.waitFor();
        await chinese.command("CoStrict: 登录 CoStrict 积分");
        await chinese.page.locator(".quick-input-title", { hasText: /^登录 CoStrict 积分$/ }).waitFor();
        await chinese.choose("使用令牌");
        await chinese.answer(bob.token);
        await chinese.statusShows(bob.number);
        await chinese.command("CoStrict: 查看积分");
        await chinese.panelHas(".headline-value", { text: bob.number });
        assert.match(await (await chinese.panel()).locator(".panel").innerText(), /积分/);
        assert.ok((await chinese.tooltip()).links.includes("查看积分"));
      });
    });
  });
}
