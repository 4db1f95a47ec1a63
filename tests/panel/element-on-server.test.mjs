// The element's module where there is no DOM.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("a server that renders pages can import the package", () => {
  const program = `
    const { browserHost, PanelError } = await import("costrict-credit/panel");
    await import("costrict-credit/panel/react");
    browserHost({ token: () => undefined });
    console.log(new PanelError("no_client", "none").code, typeof customElements);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    encoding: "utf8",
  });
  assert.equal(stdout.trim(), "no_client undefined", stderr);
});
