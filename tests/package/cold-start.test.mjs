// What the start in Node does not do: counted, since times differ from machine to machine.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { install } from "./install.mjs";

const user = install();
after(user.remove);

const HOST = "{ token: async () => undefined, read: async () => undefined, write: async () => {} }";
/** Replaces globals by getters that count. Reading one of the real ones makes Node load all of fetch. */
const TRAPS = `
  const touched = [];
  for (const name of ["fetch", "Request", "Response", "Headers", "FormData", "WebSocket", "EventSource"]) {
    Object.defineProperty(globalThis, name, { configurable: true, get: () => (touched.push(name), undefined) });
  }
`;

for (const [name, file, head] of [
  ["import", "program.mjs", 'const { load, CreditClient } = await import("costrict-credit");'],
  ["require", "program.cjs", 'const { load, CreditClient } = require("costrict-credit");'],
]) {
  for (const [form, argument] of [
    ["its own file", ""],
    ["bytes", `require("node:fs").readFileSync(require.resolve("costrict-credit/wasm"))`],
    ["a module", `new WebAssembly.Module(require("node:fs").readFileSync(require.resolve("costrict-credit/wasm")))`],
  ]) {
    test(`${name}, load by ${form}, and the first views do not touch fetch`, () => {
      user.write(
        file,
        `${file.endsWith("mjs") ? 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' : ""}
        ${TRAPS}
        const start = async () => {
          ${head}
          await load(${argument});
          const client = new CreditClient(${HOST});
          client.account();
          await client.open();
          client.panel({ locale: "zh-CN" });
          client.estimate({ model: "GLM-4.6", text: "hello" });
          client.free();
          console.log(JSON.stringify(touched));
        };
        ${file.endsWith("mjs") ? "await start();" : "start();"}`,
      );
      assert.deepEqual(JSON.parse(user.run(file)), []);
    });
  }
}

test("the start reads one file of JavaScript beside the entries, and what import parses for names is short", () => {
  user.write(
    "program.cjs",
    `require("costrict-credit");
    const { relative } = require("node:path");
    const place = require("node:fs").realpathSync(${JSON.stringify(user.place)});
    console.log(JSON.stringify(Object.keys(require.cache).map((file) => relative(place, file)).filter((file) => !file.startsWith(".."))));`,
  );
  assert.deepEqual(JSON.parse(user.run("program.cjs")).sort(), ["dist/node.cjs", "index.cjs"]);
  assert.ok(readFileSync(join(user.place, "index.cjs")).length < 1_000);
});

test("an error that ends a program is in sight: the line of the package above it is short", () => {
  const program = user.write(
    "program.mjs",
    `import { load, CreditClient } from "costrict-credit";
    await load();
    new CreditClient(${HOST}, { baseUrl: "credits.example" });`,
  );
  const { stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  assert.match(stderr, /CreditError: options\.baseUrl: /);
  assert.ok(stderr.length < 2_000, `${stderr.length} characters`);
});

test("a stack trace names the classes of the API, and with the source map the files and lines of their source", () => {
  const program = user.write(
    "program.mjs",
    `import { load, CreditClient } from "costrict-credit";
    await load();
    try { new CreditClient({}, 5); } catch (error) { console.log(CreditClient.name, error.stack); }`,
  );
  assert.match(user.run(program), /^CreditClient (.|\n)*at new CreditClient .*node\.cjs/);
  const line = readFileSync(join(user.place, "facade.js"), "utf8")
    .split("\n")
    .findIndex((text) => text.includes("new Handle(new glue.WasmClient(host, options))"));
  const shown = Number(/facade\.js:(\d+)/.exec(user.run("--enable-source-maps", program))[1]);
  assert.ok(Math.abs(shown - line) < 6, `line ${shown}, not about ${line}`);
});
