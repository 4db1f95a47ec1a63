// Extensions of any name and terminals on one machine: what one has read, the others show without asking.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { Stage } from "../editor/support/stage.mjs";
import { until } from "../editor/support/until.mjs";
import { requestsOf } from "./support/demo.mjs";
import { installProgram } from "./support/program.mjs";

const CALLS_PER_SECOND = 10;
/** The minute takes `STATUSLINE_SECONDS=60`. */
const SECONDS = Number(process.env.STATUSLINE_SECONDS ?? 6);

describe("one store", () => {
  const stage = new Stage();
  const program = installProgram();
  after(() => program.remove());
  const place = (name) => join(program.folder, name);
  /** A user of the terminal with the folder of the editor's windows. */
  const terminalOf = (folder, token) =>
    program.newUser({ COSTRICT_BASE_URL: stage.ledger.url, COSTRICT_TOKEN: token, COSTRICT_CREDIT_HOME: folder });
  const line = async (env) => (await program.run(["statusline"], { env })).stdout.trimEnd();

  test("a terminal shows what a window has read, and a window what a terminal has", async () => {
    const { id, token } = await stage.account();
    const folder = place("both");
    const editor = await stage.editor({}, { host: "node", folder });
    await editor.signIn(token);
    await stage.statusShows(editor, "241.5");
    const env = terminalOf(folder, token);
    const before = await requestsOf(stage.ledger);
    assert.match(await line(env), /^241\.5 credits left/);
    assert.equal(await requestsOf(stage.ledger), before);
    await stage.ledger.admin("POST", `/accounts/${id}/grants`, { amount: 8, valid_days: 20, source: "gift" });
    // Two requests are five seconds apart, also of different programs.
    await until("the terminal's reading", async () => {
      const { stdout } = await program.run(["status", "--refresh"], { env });
      return /249\.5/.test(stdout) ? true : undefined;
    });
    await stage.statusShows(editor, "249.5");
  });

  test("another extension, with another sign-in of its own, has the account of its token", async () => {
    const [one, other] = [await stage.account(10), await stage.account(20)];
    const folder = place("two");
    const first = await stage.editor({}, { host: "node", folder });
    await first.signIn(one.token);
    await stage.statusShows(first, "210");
    const second = await stage.editor({}, { host: "node", folder });
    await second.signIn(other.token);
    await stage.statusShows(second, "220");
    assert.match(await line(terminalOf(folder, one.token)), /^210 credits left/);
    assert.match(await line(terminalOf(folder, other.token)), /^220 credits left/);
    assert.match(first.item.text, /210/);
  });

  test("a terminal in a loop beside a window costs the server two requests at most", {
    timeout: (SECONDS + 120) * 1_000,
  }, async (t) => {
    const { token } = await stage.account();
    const folder = place("loop");
    const editor = await stage.editor({}, { host: "node", folder });
    await editor.signIn(token);
    await stage.statusShows(editor, "241.5");
    const env = terminalOf(folder, token);
    const before = await requestsOf(stage.ledger);
    const lines = [];
    const end = Date.now() + SECONDS * 1_000;
    while (Date.now() < end) {
      lines.push(line(env));
      await new Promise((resolve) => setTimeout(resolve, 1_000 / CALLS_PER_SECOND));
    }
    const shown = await Promise.all(lines);
    const sent = (await requestsOf(stage.ledger)) - before;
    for (const text of shown) assert.match(text, /^241\.5 credits left/);
    t.diagnostic(`${sent} requests for ${shown.length} lines in ${SECONDS} s`);
    assert.ok(sent <= 2, `${sent} requests for ${shown.length} lines`);
  });
});
