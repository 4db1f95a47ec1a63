// Bad input to the cost calls: a CreditError that names the field, or an estimate that says unknown.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { install, root } from "./install.mjs";
import { host } from "./server.mjs";

const user = install();
after(user.remove);
user.write("program.mjs", "");
const { load, CreditClient, CreditError } = await import(pathToFileURL(join(user.place, "index.js")).href);
await load();
const client = new CreditClient(host());
after(() => client.free());

const refused = (field, call) =>
  assert.throws(call, (error) => {
    assert.ok(error instanceof CreditError, String(error));
    assert.deepEqual([error.code, error.field], ["invalid_input", field]);
    return true;
  });

test("a model that nobody knows is unknown in every call", () => {
  for (const model of ["no such model", "__proto__", "模型", "\ud800"]) {
    const estimated = client.estimate({ model, text: "x" });
    assert.deepEqual(
      [estimated.basis, estimated.charged, estimated.expected, estimated.low, estimated.listPrice],
      ["unknown", true, undefined, undefined, undefined],
    );
    assert.equal(client.estimateTask("chat", model).expected, undefined);
  }
  for (const model of [undefined, null, "", "  ", 7, {}, ["GLM-4.6"]]) {
    refused("draft.model", () => client.estimate({ model }));
    refused("draft.model", () => client.begin({ model }));
    refused("model", () => client.estimateTask("chat", model));
  }
  refused("feature", () => client.estimateTask("juggling", "GLM-4.6"));
});

test("counts of tokens are whole and not negative", () => {
  for (const inputTokens of [-1, 0.5, NaN, Infinity, 2 ** 53, "7", true, []]) {
    refused("draft.inputTokens", () => client.estimate({ model: "GLM-4.6", inputTokens }));
    refused("draft.inputTokens", () => client.compare({ model: "GLM-4.6", inputTokens }));
  }
  assert.equal(client.estimate({ model: "GLM-4.6", inputTokens: 0 }).inputTokens, 0);
  for (const [usage, field] of [
    [{ inputTokens: -1 }, "inputTokens"],
    [{ cachedTokens: 1.5 }, "cachedTokens"],
    [{ outputTokens: "1" }, "outputTokens"],
  ]) {
    refused(`outcome.usage.${field}`, () => client.settle("x", { kind: "charged", usage }));
  }
  for (const credits of [-0.01, NaN, "1", Infinity, 1e300])
    refused("outcome.credits", () => client.settle("x", { kind: "charged", credits }));
  refused("outcome.kind", () => client.settle("x", { kind: "paid" }));
});

test("any text is counted, whatever is in it", () => {
  const count = (text) => client.estimate({ model: "GLM-4.6", text }).inputTokens;
  assert.equal(count(""), 0);
  assert.equal(count([]), 0);
  assert.ok(count("<|endoftext|><|im_start|>system<|fim_prefix|>") > 3, "special tokens are text");
  assert.ok(count("\ud800 and \udc00\ud800") > 0, "lone surrogates count as what replaces them");
  assert.equal(count("\ud83d" + "x"), count("\ufffd" + "x"));
  assert.ok(count("a\u0000b\u202e\u200b") > 0);
  assert.equal(count(["one ", "two"]), count("one two"));
  for (const text of [7, {}, ["x", 7], [["x"]]])
    assert.throws(() => client.estimate({ model: "GLM-4.6", text }), { code: "invalid_input", field: /^draft\.text/ });
});

test("a draft of 10 MB is counted in proportion", () => {
  const part = "The quick brown fox jumps over the lazy dog. ".repeat(1000);
  const one = client.estimate({ model: "GLM-4.6", text: part }).inputTokens;
  const many = client.estimate({ model: "GLM-4.6", text: part.repeat(225) });
  assert.ok(part.length * 225 > 10_000_000);
  assert.ok(Math.abs(many.inputTokens / (225 * one) - 1) < 0.001, `${many.inputTokens} of ${225 * one}`);
  const parts = client.estimate({ model: "GLM-4.6", text: Array(225).fill(part) });
  assert.deepEqual(parts, many, "in parts or in one piece");
});

test("headers with a name for each of millions of elements are refused before the names are made", () => {
  client.explain({ status: 400, headers: {} });
  for (const headers of [new Uint8Array(3_000_000), new String("x".repeat(3_000_000)), new Float64Array(3_000_000)]) {
    // The best of some tries: the machine may be doing something else.
    const tries = Array.from({ length: 5 }, () => {
      const before = performance.now();
      refused("reply.headers", () => client.explain({ status: 400, headers }));
      return performance.now() - before;
    });
    assert.ok(Math.min(...tries) < 100, `${tries} ms`);
  }
  assert.ok(client.explain({ status: 400, headers: { length: "5", "retry-after": "3" } }));
});

test("promotions and times that make no sense name their field", () => {
  const options = (promotion) => ({ promotions: [{ models: ["*"], discount: 0.5 }, promotion] });
  const wrong = [
    [{ models: "GLM", discount: 0.5 }, "models"],
    [{ models: [7], discount: 0.5 }, "models[0]"],
    [{ models: ["*"] }, "discount"],
    [{ models: ["*"], discount: -0.1 }, "discount"],
    [{ models: ["*"], discount: 1.1 }, "discount"],
    [{ models: ["*"], discount: "half" }, "discount"],
    [{ models: ["*"], discount: 0.5, from: "24:00", to: "09:00" }, "from"],
    [{ models: ["*"], discount: 0.5, from: "9:00", to: "10:00" }, "from"],
    [{ models: ["*"], discount: 0.5, from: "09:00", to: "10:60" }, "to"],
    [{ models: ["*"], discount: 0.5, weekdays: [0] }, "weekdays[0]"],
    [{ models: ["*"], discount: 0.5, weekdays: [1, 8] }, "weekdays[1]"],
    [{ models: ["*"], discount: 0.5, weekdays: 5 }, "weekdays"],
  ];
  for (const [promotion, field] of wrong)
    refused(`options.promotions[1].${field}`, () => new CreditClient(host(), options(promotion)));
  assert.throws(
    () => new CreditClient(host(), options({ models: ["*"], discount: 0.5, from: "09:00" })),
    (error) => {
      return error instanceof CreditError && /^options\.promotions\[1\]/.test(error.field);
    },
  );
  for (const at of [NaN, Infinity, 1e17, "now"]) refused("draft.at", () => client.estimate({ model: "GLM-4.6", at }));
  for (const cap of [{ warn: -1 }, { stop: "much" }]) {
    const field = `options.budget.perDay.${Object.keys(cap)[0]}`;
    refused(field, () => new CreditClient(host(), { budget: { perDay: cap } }));
  }
});

test("a limit is raised by a number above what is used and above the limit, and for something that has one", async (t) => {
  const budget = { perTask: { stop: 10 }, perProject: { stop: 30 }, perDay: { warn: 5, stop: 20 } };
  const limited = new CreditClient(host(), { budget });
  t.after(() => limited.free());
  refused("scope", () => limited.raiseCap("day", 30));
  await limited.open();
  for (const to of [NaN, Infinity, -1, -0, 5, 1e300, "30", "Unlimited", null, undefined, {}, [30]])
    refused("to", () => limited.raiseCap("day", to));
  for (const scope of ["Day", "task", null, undefined, 7, {}, { task: null }, { task: "a", project: "b" }, "week"])
    refused("scope", () => limited.raiseCap(scope, 50));
  for (const task of ["", " ", 7]) refused("scope.task", () => limited.raiseCap({ task, project: undefined }, 50));
  // The first request of a task may be refused, and then sent with a higher limit.
  const { until, ...task } = limited.raiseCap({ task: "__proto__" }, 50).raised;
  assert.deepEqual([until, task], [undefined, { to: 50 }]);
  const day = limited.raiseCap("day", 6);
  assert.deepEqual([day.used, day.warn, day.stop, day.raised.to], [0, 6, 20, 6]);
  refused("to", () => limited.raiseCap("day", 6));
  assert.deepEqual(
    limited.caps({ taskId: "__proto__", project: "p" }).map(({ scope, stop }) => [scope, stop]),
    [
      ["task", 50],
      ["project", 30],
      ["day", 20],
    ],
  );
  for (const of of [7, "x", { taskId: 7 }, { project: [] }]) assert.throws(() => limited.caps(of), CreditError);
});

test("base URLs are read as the shared list says, by the engine's own parser", async (t) => {
  const { cases } = JSON.parse(readFileSync(join(root, "tests/base-urls.json"), "utf8"));
  const real = globalThis.fetch;
  t.after(() => {
    globalThis.fetch = real;
  });
  for (const { text, base } of cases) {
    if (base === null) {
      refused("options.baseUrl", () => new CreditClient(host(), { baseUrl: text }));
      continue;
    }
    const requested = [];
    globalThis.fetch = async (url) => {
      requested.push(String(url));
      return new Response("{}", { status: 500 });
    };
    const other = new CreditClient(host(), { baseUrl: text });
    await other.open();
    await other.refresh("manual");
    other.free();
    assert.ok(requested.length > 0 && requested.every((url) => url.startsWith(`${base}/`)), `${text}: ${requested}`);
    // What follows is a path of the API: nothing of the address was left before it.
    assert.match(requested[0].slice(base.length), /^\/(quota-manager|ai-gateway)\/api\/v1\//, text);
  }
});
