// The status line: what it says, that it waits for no server, and what many of them cost the server.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";

import { until } from "../editor/support/until.mjs";
import { requestsOf, startDemo } from "./support/demo.mjs";
import { installProgram } from "./support/program.mjs";
import { reader } from "./support/schema.mjs";

const CALLS_PER_SECOND = 10;
/** The minute takes `STATUSLINE_SECONDS=60`. */
const SECONDS = Number(process.env.STATUSLINE_SECONDS ?? 6);

const program = installProgram();
const read = reader(program.place);
const demo = await startDemo();
const { ledger, token } = demo;
after(async () => {
  await ledger.stop();
  program.remove();
});
const user = (env = {}) => program.newUser({ COSTRICT_BASE_URL: ledger.url, COSTRICT_TOKEN: token, ...env });

const requests = () => requestsOf(ledger);

const line = async (env, ...flags) => {
  const { code, stdout, stderr } = await program.run(["statusline", ...flags], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^.+\n$/);
  return stdout.trimEnd();
};

test("the first line knows nothing, and the background reads what the next one says", async () => {
  const env = user();
  assert.equal(await line(env), "–");
  await until("the reading", async () => ((await line(env)) === "–" ? undefined : true));
  assert.match(
    await line(env),
    new RegExp(String.raw`^${demo.left} credits left · ${demo.next} of your credits expire in \d+ days$`),
  );
  assert.equal(await line(env, "--short"), demo.left.replaceAll("\\", ""));
  assert.match(await line(env, "--lang", "ja"), new RegExp(`${demo.left}.*${demo.next}`));
  assert.doesNotMatch(await line(env, "--masked"), new RegExp(`${demo.left}|${demo.next}`));
  const json = await program.run(["statusline", "--json"], { env });
  const { state, freshness, text } = read(json.stdout, "statusline");
  assert.deepEqual([state, freshness, text], ["known", "fresh", await line(env)]);
});

test("a terminal in a loop costs the server two requests at most", async (t) => {
  const env = user();
  const before = await requests();
  const calls = [];
  const end = Date.now() + SECONDS * 1_000;
  while (Date.now() < end) {
    calls.push(line(env));
    await new Promise((resolve) => setTimeout(resolve, 1_000 / CALLS_PER_SECOND));
  }
  // Counted before the next minute begins.
  const sent = (await requests()) - before;
  const lines = await Promise.all(calls);
  await until("the reading", async () => ((await line(env)) === "–" ? undefined : true));
  assert.ok(lines.length > SECONDS, `${lines.length} lines`);
  t.diagnostic(`${sent} requests for ${lines.length} lines in ${SECONDS} s`);
  assert.ok(sent <= 2, `${sent} requests for ${lines.length} lines`);
});

test("without a server it prints all the same; signed out it says so", async () => {
  const env = user();
  await program.run(["status"], { env });
  await ledger.halt();
  try {
    assert.match(await line(env), new RegExp(`^${demo.left}`));
  } finally {
    await ledger.resume();
  }
  assert.equal(await line(user({ COSTRICT_TOKEN: "" })), "Signed out");
});

test("where nothing can be stored, no line sends a request", async () => {
  const env = user();
  const file = `${env.HOME}/file`;
  writeFileSync(file, "");
  const before = await requests();
  for (let index = 0; index < 3; index += 1) {
    const { code, stdout } = await program.run(["statusline"], { env: { ...env, COSTRICT_CREDIT_HOME: file } });
    assert.deepEqual([code, stdout], [0, "–\n"]);
    // What the line starts, awaited.
    await program.run(["refresh-in-background"], { env: { ...env, COSTRICT_CREDIT_HOME: file } });
  }
  assert.equal(await requests(), before);
});
