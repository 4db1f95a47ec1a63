import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { install } from "./install.mjs";
import { host, serve, token } from "./server.mjs";

const user = install();
after(user.remove);
const program = user.write("program.mjs", "");
const imported = await import(pathToFileURL(join(user.place, "index.js")).href);
const { load, CreditClient, CreditError } = imported;
const wasmFile = join(user.place, "dist/costrict_credit_bg.wasm");

test("before load() there is no client", () => {
  assert.throws(
    () => new CreditClient(host()),
    (error) => {
      assert.ok(error instanceof CreditError && error instanceof Error);
      assert.deepEqual([error.name, error.code, error.field], ["CreditError", "not_loaded", undefined]);
      return true;
    },
  );
});

test("a load that fails says why and can be tried again", async () => {
  await assert.rejects(load(join(user.folder, "absent.wasm")), /absent\.wasm/);
  await assert.rejects(load(new Uint8Array([1, 2, 3])), WebAssembly.CompileError);
  await assert.rejects(load(42), { name: "CreditError", code: "invalid_input", field: "wasm" });
  await assert.rejects(load(new Response("gone", { status: 404 })), /404/);
  assert.throws(() => new CreditClient(host()), { code: "not_loaded" });
});

test("load() without an argument finds its file, once for all calls", async () => {
  const first = load();
  assert.equal(load(), first);
  await first;
  await load("no such file, and not looked for");
});

test("every promised kind of source is taken", () => {
  const cases = {
    bytes: "readFileSync(file)",
    "an ArrayBuffer": "readFileSync(file).buffer.slice(0)",
    "a module": "new WebAssembly.Module(readFileSync(file))",
    "a file URL": "pathToFileURL(file)",
    "a path": "file",
    "a Response": 'new Response(readFileSync(file), { headers: { "content-type": "application/wasm" } })',
    "a Response of an unknown type": "new Response(readFileSync(file))",
    "a promise of a Response": "Promise.resolve(new Response(readFileSync(file)))",
  };
  for (const [kind, source] of Object.entries(cases)) {
    const text = `
      import { readFileSync, readdirSync } from "node:fs";
      import { pathToFileURL } from "node:url";
      import { load, CreditClient } from "costrict-credit";
      const file = ${JSON.stringify(wasmFile)};
      await load(${source});
      new CreditClient({ token: async () => undefined, read: async () => undefined, write: async () => {} }).free();
      console.log("ok");`;
    user.write("source.mjs", text);
    assert.equal(user.run("source.mjs").trim(), "ok", kind);
  }
});

test("require gives the very same classes as import", () => {
  const required = createRequire(program)("costrict-credit");
  assert.equal(required.CreditClient, CreditClient);
  assert.equal(required.load, load);
});

test("a program by import and a program by require reach the server", async (t) => {
  const server = await serve();
  t.after(server.close);
  const use = `
    const { run } = require("./use.cjs");
    run(require("costrict-credit"), ${JSON.stringify(server.base)});`;
  user.write(
    "use.cjs",
    `
    exports.run = async ({ load, CreditClient }, baseUrl) => {
      await load();
      const stored = new Map();
      const client = new CreditClient({
        token: async () => process.env.TOKEN,
        read: async (key) => stored.get(key),
        write: async (key, value) => void stored.set(key, value),
      }, { baseUrl });
      const opened = await client.open();
      const account = await client.refresh("open");
      console.log(JSON.stringify([opened.state, account.state, account.balance?.remaining]));
      client.free();
    };`,
  );
  user.write("by-require.cjs", use);
  user.write(
    "by-import.mjs",
    `
    import * as api from "costrict-credit";
    import { run } from "./use.cjs";
    await run(api, ${JSON.stringify(server.base)});`,
  );
  const env = { ...process.env, TOKEN: await host().token() };
  for (const name of ["by-require.cjs", "by-import.mjs"]) {
    const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: user.folder, env });
    assert.deepEqual(JSON.parse(stdout), ["unknown", "known", 41.5], name);
  }
});

test("a caller's mistake is a CreditError that names the field", async () => {
  assert.throws(() => new CreditClient(undefined), { name: "CreditError", code: "invalid_input", field: "host" });
  const client = new CreditClient(host());
  assert.throws(
    () => client.estimate(7),
    (error) => error instanceof CreditError && error.field?.startsWith("draft"),
  );
  await assert.rejects(
    client.refresh("sometimes"),
    (error) => error instanceof CreditError && error.code === "invalid_input",
  );
  client.free();
});

test("a failure is logged by the kind that the problem has, and without the token", async (t) => {
  const server = await serve();
  await server.close();
  const lines = [];
  const client = new CreditClient(
    { ...host(), log: (level, message) => lines.push(`${level} ${message}`) },
    { baseUrl: server.base },
  );
  t.after(() => client.free());
  await client.open();
  const account = await client.refresh("open");
  assert.equal(account.problem?.kind, "network");
  assert.ok(
    lines.some((line) => line.startsWith("warn ") && line.includes('"network"')),
    lines.join("\n"),
  );
  assert.ok(!lines.join("\n").includes(token().split(".")[1]));
});

test("after free() every method says so, and free() may come again", async () => {
  const client = new CreditClient(host());
  client.free();
  client.free();
  assert.throws(() => client.account(), { name: "CreditError", code: "freed" });
  await assert.rejects(client.open(), { name: "CreditError", code: "freed" });
});

test("every shipped language is spoken at once", () => {
  const locales = readdirSync(join(user.place, "locales")).map((name) => name.replace(".json", ""));
  assert.equal(locales.length, 17);
  const client = new CreditClient(host());
  const summaries = ["en", ...locales].map((locale) => {
    const view = client.panel({ locale });
    assert.equal(view.locale, locale);
    return view.summary;
  });
  assert.equal(new Set(summaries).size, 18);
  client.free();
});

test("free() while a call waits for the server does no harm", async (t) => {
  const server = await serve({ holding: true });
  t.after(server.close);
  const client = new CreditClient(host(), { baseUrl: server.base });
  await client.open();
  const pending = client.refresh("open");
  await server.firstRequest;
  client.free();
  server.release();
  const account = await pending;
  assert.ok(["known", "unknown"].includes(account.state), account.state);
  const next = new CreditClient(host(), { baseUrl: server.base });
  assert.equal((await next.open()).state, "unknown");
  next.free();
});

test("import and require give every value that the declarations name", async () => {
  const text = readFileSync(join(user.place, "index.d.ts"), "utf8");
  const declared = [...text.matchAll(/^export (?:declare )?(?:function|class|const) (\w+)/gm)].map(([, name]) => name);
  const imported = await import(pathToFileURL(join(user.place, "index.js")).href);
  const required = createRequire(join(user.place, "index.js"))("./index.cjs");
  for (const name of declared) {
    assert.equal(typeof imported[name], "function", name);
    assert.equal(required[name], imported[name], name);
  }
});

test("the facade has every method of this build's core, by the promised names", async () => {
  const glue = await import(pathToFileURL(join(user.place, "dist/costrict_credit.js")).href);
  const own = new Set(["constructor", "free", "__destroy_into_raw"]);
  const core = Object.getOwnPropertyNames(glue.WasmClient.prototype).filter((name) => !own.has(name));
  const offered = Object.getOwnPropertyNames(CreditClient.prototype).filter((name) => !own.has(name));
  assert.deepEqual(offered.sort(), core.sort());
  const declared = readFileSync(join(user.place, "index.d.ts"), "utf8");
  const body = declared.slice(declared.indexOf("class CreditClient"), declared.indexOf("interface CreditPanel"));
  const names = (pattern) => [...body.matchAll(pattern)].map((match) => match[1]).sort();
  const async = names(/^ {2}(\w+)\([^;]*?\): Promise</gm);
  const sync = names(/^ {2}(?!constructor|free)(\w+)\([^;]*?\): (?!Promise<)/gm);
  assert.deepEqual([...async, ...sync].sort(), offered);
  const client = new CreditClient(host(), {});
  client.free();
  for (const name of sync) assert.throws(() => client[name](), { code: "freed", message: new RegExp(`^${name}\\(`) });
  for (const name of async) await assert.rejects(client[name](), { code: "freed", message: new RegExp(`^${name}\\(`) });
  const panelMethods = Object.getOwnPropertyNames(glue.WasmPanel.prototype)
    .filter((name) => !own.has(name))
    .sort();
  const opened = new CreditClient(host(), {}).openPanel();
  const offeredByPanel = Object.getOwnPropertyNames(Object.getPrototypeOf(opened)).filter((name) => !own.has(name));
  assert.deepEqual(offeredByPanel.sort(), panelMethods);
});
