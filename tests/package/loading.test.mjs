// What load() and loadTokens() take: also from other realms, fetch packages and servers that say more of the type than one word.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { install } from "./install.mjs";

const user = install();
after(user.remove);

const PRELUDE = `
  import { readFileSync } from "node:fs";
  import vm from "node:vm";
  import { load, loadTokens, CreditClient, CreditError } from "costrict-credit";
  const elsewhere = (code, globals = {}) => vm.runInContext(code, vm.createContext(globals));
  const read = (file) => new Uint8Array(readFileSync(file));
  const wasm = read(${JSON.stringify(join(user.place, "dist/costrict_credit_bg.wasm"))});
  const tokens = read(${JSON.stringify(join(user.place, "tokens/kimi.bin"))});
  const padded = (bytes) => { const all = new Uint8Array(bytes.length + 32); all.set(bytes, 16); return all.buffer; };
  const shared = (bytes) => { const memory = new SharedArrayBuffer(bytes.length); new Uint8Array(memory).set(bytes); return memory; };
  const foreign = (bytes) => elsewhere("Uint8Array.from(bytes)", { bytes });
`;

const FORMS = {
  "a DataView inside a larger buffer": (bytes) => `new DataView(padded(${bytes}), 16, ${bytes}.length)`,
  "words inside a larger buffer": (bytes) => `new Uint8Array(padded(${bytes}), 16, ${bytes}.length)`,
  "a Buffer of Node": (bytes) => `Buffer.from(${bytes})`,
  "a SharedArrayBuffer": (bytes) => `shared(${bytes})`,
  "a view of shared memory": (bytes) => `new Uint8Array(shared(${bytes}))`,
  "a typed array of another realm": (bytes) => `foreign(${bytes})`,
  "an ArrayBuffer of another realm": (bytes) => `foreign(${bytes}).buffer`,
  "a DataView of another realm": (bytes) => `elsewhere("new DataView(buffer)", { buffer: foreign(${bytes}).buffer })`,
  "a promise of another realm": (bytes) => `elsewhere("Promise.resolve(bytes)", { bytes: foreign(${bytes}) })`,
  "a Blob": (bytes) => `new Blob([${bytes}])`,
  "a Response with parameters beside its type": (bytes) =>
    `new Response(${bytes}, { headers: { "content-type": "application/wasm; charset=utf-8" } })`,
  "a Response of a fetch package": (bytes) =>
    `({ ok: true, status: 200, headers: new Map([["content-type", "application/wasm"]]), arrayBuffer: async () => foreign(${bytes}).buffer })`,
  "a promise of such a Response": (bytes) => `Promise.resolve({ ok: true, arrayBuffer: async () => ${bytes} })`,
  "a URL of another realm": (_, file) => `({ href: ${JSON.stringify(`file://${file}`)} })`,
};

for (const [form, source] of Object.entries(FORMS)) {
  test(`${form} is taken`, () => {
    const wasm = source("wasm", join(user.place, "dist/costrict_credit_bg.wasm"));
    const tokens = source("tokens", join(user.place, "tokens/kimi.bin"));
    user.write(
      "program.mjs",
      `${PRELUDE}
      await load(${wasm});
      console.log(await loadTokens("kimi-k2", ${tokens}));
      new CreditClient({ token: async () => undefined, read: async () => undefined, write: async () => {} }).free();
    `,
    );
    assert.equal(user.run("program.mjs").trim(), "kimi");
  });
}

test("a module of another program is refused by name, and the right one can be loaded after it", () => {
  user.write(
    "program.mjs",
    `${PRELUDE}
    const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    await load(empty).catch((error) => console.log(error.name, error.code, error.field));
    await load(wasm);
    new CreditClient({ token: async () => undefined, read: async () => undefined, write: async () => {} }).free();
    console.log("loaded");
  `,
  );
  assert.equal(user.run("program.mjs").trim(), "CreditError invalid_input wasm\nloaded");
});

test("a module of another realm is taken", () => {
  user.write(
    "program.mjs",
    `${PRELUDE}
    await load(elsewhere("new WebAssembly.Module(bytes)", { bytes: wasm }));
    new CreditClient({ token: async () => undefined, read: async () => undefined, write: async () => {} }).free();
  `,
  );
  user.run("program.mjs");
});

test("what is none of them is refused, and the next call tries again", () => {
  user.write(
    "program.mjs",
    `${PRELUDE}
    for (const nothing of [42, {}, [], true, () => {}, Symbol("wasm"), { byteLength: 3 }, { arrayBuffer: 7 }]) {
      const refused = await load(nothing).then(() => undefined, (thrown) => thrown);
      if (!(refused instanceof CreditError) || refused.field !== "wasm") throw new Error(String(refused));
    }
    const gone = await load({ ok: false, status: 404, arrayBuffer: async () => wasm }).then(() => undefined, (thrown) => thrown);
    if (!/404/.test(gone?.message)) throw new Error(String(gone));
    await load(wasm);
  `,
  );
  user.run("program.mjs");
});

test("the package itself runs in a realm of its own, as in a test runner, with a host of another", () => {
  user.write(
    "program.cjs",
    `
    const { readFileSync } = require("node:fs");
    const { createRequire } = require("node:module");
    const { dirname } = require("node:path");
    const vm = require("node:vm");

    /** Runs a module and what it requires in a context; modules of Node come from outside. */
    function requireInside(context, file) {
      const own = createRequire(file);
      const inner = (name) => (name.startsWith("node:") ? own(name) : requireInside(context, own.resolve(name)));
      const module = { exports: {} };
      const code = "(function (exports, require, module, __filename, __dirname) {" + readFileSync(file, "utf8") + "\\n})";
      vm.runInContext(code, context, { filename: file })(module.exports, inner, module, file, dirname(file));
      return module.exports;
    }

    const { setTimeout, clearTimeout, URL, TextDecoder, TextEncoder } = globalThis;
    const here = { setTimeout, clearTimeout, URL, TextDecoder, TextEncoder };
    // Some runners give their realm the array classes of the other one, which native modules make.
    const MIXED = { ...here, Uint8Array, ArrayBuffer };
    const wasm = readFileSync(require.resolve("costrict-credit/wasm"));
    const start = async (globals, source) => {
      const context = vm.createContext({ ...globals });
      const { load, loadTokens, CreditClient, CreditError } = requireInside(context, require.resolve("costrict-credit"));
      await load(source);
      await loadTokens("kimi-k2");
      const client = new CreditClient({ token: async () => undefined, read: async () => undefined, write: async () => {} });
      const { state } = await client.refresh("open");
      const { locale } = client.panel({ locale: "zh-CN" });
      let wrong;
      try { new CreditClient({}, 5); } catch (thrown) { wrong = thrown instanceof CreditError; }
      client.free();
      console.log([state, locale, wrong].join(" "));
    };
    (async () => {
      for (const globals of [here, MIXED])
        for (const source of [undefined, wasm, new Uint8Array(wasm).buffer, new WebAssembly.Module(wasm), new Blob([wasm])])
          await start(globals, source);
    })();
  `,
  );
  assert.deepEqual(user.run("program.cjs").trim().split("\n"), Array(10).fill("signed_out zh-CN true"));
});
