// Token tables of other families, as a user of the package gets them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { install } from "./install.mjs";
import { host, serve } from "./server.mjs";

const user = install();
after(user.remove);
user.write("program.mjs", "");
const { load, loadTokens, CreditClient, CreditError } = await import(pathToFileURL(join(user.place, "index.js")).href);
const file = (family) => join(user.place, "tokens", `${family}.bin`);
const TEXT = readFileSync(join(user.place, "index.d.ts"), "utf8");

const MODELS = {
  glm: "GLM-4.6",
  kimi: "Kimi-K2-Moonshot",
  qwen: "Qwen3-Coder",
  deepseek: "deepseek-v3.1",
  minimax: "MiniMax-M2",
  o200k: "gpt-5",
  "claude-4.6": "claude-sonnet-4-5",
  "claude-4.7": "claude-opus-4-7",
};

test("before load() there is nothing to put tables into", async () => {
  await assert.rejects(loadTokens("gpt-5"), { name: "CreditError", code: "not_loaded" });
});

test("the range without tables holds what they then say, and is wider", async (t) => {
  await load();
  const client = new CreditClient(host());
  t.after(() => client.free());
  const count = (model) => {
    const {
      inputTokens,
      inputTokensRange: { low, high },
    } = client.estimate({ model, text: TEXT });
    return { inputTokens, low, high };
  };
  for (const [family, model] of Object.entries(MODELS)) {
    const before = count(model);
    assert.equal(await loadTokens(model), family);
    const counted = count(model);
    assert.ok(
      counted.low <= counted.inputTokens && counted.inputTokens <= counted.high,
      `${family}: ${JSON.stringify(counted)}`,
    );
    if (family === "glm") assert.deepEqual(counted, before);
    else {
      assert.ok(
        before.low <= counted.inputTokens && counted.inputTokens <= before.high,
        `${family}: ${JSON.stringify({ before, counted })}`,
      );
      assert.ok(counted.high - counted.low < before.high - before.low, family);
    }
  }
  assert.deepEqual(count(MODELS.glm), count("a model without a family"), "what is loaded for others changes nothing");
  const routed = client.estimate({ model: "Auto", routedModel: MODELS["claude-4.7"], text: TEXT });
  assert.equal(routed.inputTokens, count(MODELS["claude-4.7"]).inputTokens, "Auto counts as its pick");
});

test("each model of a comparison is counted by its own family", async (t) => {
  const models = Object.values(MODELS).map((id) => ({ id, creditConsumption: 1, contextWindow: 200_000 }));
  const files = {
    "/ai-gateway/api/v1/models": { type: "application/json", body: JSON.stringify({ object: "list", data: models }) },
  };
  const served = await serve({ files });
  t.after(() => served.close());
  const client = new CreditClient(host(), { baseUrl: served.base });
  t.after(() => client.free());
  await client.open();
  await client.refresh("open");
  const compared = client.compare({ model: MODELS.glm, text: TEXT });
  assert.equal(compared.length, models.length);
  for (const counted of compared) {
    const { inputTokens, inputTokensRange, contextShare } = client.estimate({ model: counted.model, text: TEXT });
    assert.deepEqual(
      [counted.inputTokens, counted.inputTokensRange, counted.contextShare],
      [inputTokens, inputTokensRange, contextShare],
      counted.model,
    );
  }
  assert.ok(new Set(compared.map((counted) => counted.inputTokens)).size > 4, "the tables differ");
});

test("every kind of source is taken, and what is no table is refused by name", async () => {
  const bytes = readFileSync(file("kimi"));
  const sources = [
    bytes,
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    file("kimi"),
    pathToFileURL(file("kimi")),
    new Response(bytes),
    Promise.resolve(new Response(bytes)),
  ];
  for (const source of sources) assert.equal(await loadTokens("kimi", source), "kimi");
  for (const wrong of [bytes.subarray(1), new Uint8Array(), readFileSync(file("qwen")), 7]) {
    await assert.rejects(
      loadTokens("kimi", wrong),
      (error) => error instanceof CreditError && error.field === "tables",
    );
  }
  await assert.rejects(loadTokens(" "), { code: "invalid_input", field: "model" });
  await assert.rejects(loadTokens("kimi", new Response("gone", { status: 404 })), /404/);
  assert.equal(await loadTokens("kimi"), "kimi", "a load that failed is not the last word");
});

test("a bundled program passes the bytes of the exported file", () => {
  const program = user.write(
    "by-name.mjs",
    `
    import { createRequire } from "node:module";
    import { readFileSync } from "node:fs";
    import { load, loadTokens } from "costrict-credit";
    await load();
    console.log(await loadTokens("qwen", readFileSync(createRequire(import.meta.url).resolve("costrict-credit/tokens/qwen.bin"))));`,
  );
  assert.equal(execFileSync(process.execPath, [program], { cwd: user.folder, encoding: "utf8" }).trim(), "qwen");
});
