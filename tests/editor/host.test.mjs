// Parts of the extension that need no editor: addresses, claims, the sign-in of CoStrict's plugin, and whose token is used.
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { build } from "esbuild";

import { tokenOf } from "./support/stage.mjs";
import { until } from "./support/until.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const SERVER = "https://credits.example";
const HOUR = 3_600_000;

describe("parts of the extension host", () => {
  let folder, parts;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "credit-parts-"));
    const entries = [
      "pkg/panel-session/src/server-address",
      "pkg/panel-session/src/locale",
      "pkg/panel-session/src/token-claims",
      "pkg/vscode/src/token-store",
      "pkg/panel-session/src/token",
      "pkg/node/src/auth-json",
      "pkg/node/src/folders",
      "pkg/panel-session/src/lock-record",
      "pkg/panel-session/src/window-lock",
      "pkg/panel-session/src/messages",
      "pkg/panel/src/browser-host",
    ];
    await build({
      entryPoints: entries.map((entry) => join(root, `${entry}.ts`)),
      outdir: folder,
      outExtension: { ".js": ".mjs" },
      outbase: root,
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
    });
    const modules = await Promise.all(entries.map((entry) => import(pathToFileURL(join(folder, `${entry}.mjs`)))));
    parts = Object.assign({}, ...modules);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("reads the server's address as the core does", async () => {
    const { cases } = JSON.parse(await readFile(join(root, "tests/base-urls.json"), "utf8"));
    assert.ok(cases.length > 20);
    for (const { text, base } of cases) assert.equal(parts.serverAddress(text) ?? null, base, JSON.stringify(text));
  });

  it("takes the first name that a token has", () => {
    const name = (claims) => parts.readClaims(tokenOf(claims)).name;
    const all = {
      displayName: "a",
      display_name: "b",
      name: "c",
      preferred_username: "d",
      properties: { oauth_GitHub_username: "e" },
      email: "f",
    };
    for (const expected of ["a", "b", "c", "d", "e", "f"]) {
      assert.equal(name(all), expected);
      delete all[Object.keys(all)[0]];
    }
    assert.equal(name({}), undefined);
    assert.equal(name({ displayName: " ", display_name: 5, name: "积分" }), "积分");
    for (const broken of ["", "a.b", "a.b.c", "..", tokenOf([1]), tokenOf(null)])
      assert.deepEqual(parts.readClaims(broken), {});
  });

  it("adds the reader's region to a language that has none", () => {
    assert.equal(parts.regionalLocale("en", "en-GB"), "en-GB");
    assert.equal(parts.regionalLocale("es", "es-MX"), "es-MX");
    for (const [locale, reader] of [
      ["en-US", "en-GB"],
      ["de", "en-GB"],
      ["zh", "zh-TW"],
      ["en", undefined],
    ])
      assert.equal(parts.regionalLocale(locale, reader), locale);
  });

  it("offers the core locks only in a browser that has them", async () => {
    const real = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    try {
      for (const [navigator, offered] of [
        [{}, "undefined"],
        [{ locks: { request: async () => {} } }, "function"],
      ]) {
        Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
        assert.equal(typeof parts.browserHost({ token: () => undefined }).lock, offered);
      }
    } finally {
      if (real === undefined) delete globalThis.navigator;
      else Object.defineProperty(globalThis, "navigator", real);
    }
  });

  it("takes no message that is too large or of another shape", () => {
    const good = {
      type: "ready",
      version: 1,
      choices: { tab: "balance", draft: { text: "a", model: "Auto" } },
      activity: { visible: true, focused: true, online: true },
      reader: { timeZone: "Asia/Shanghai" },
    };
    assert.deepEqual(parts.readPageMessage(good), good);
    const activity = good.activity;
    for (const bad of [
      null,
      [],
      "act",
      { type: "toString" },
      { type: "act", id: "x".repeat(20_000) },
      { type: "act", id: "copy", value: "x".repeat(20_000) },
      { type: "ready", version: 1, choices: { tab: 5 }, activity },
      { type: "ready", version: 1, choices: [], activity },
      { type: "ready", version: 1, choices: { draft: "text" }, activity },
      { type: "ready", version: 1, choices: {}, activity, reader: { timeZone: {} } },
      { type: "reader" },
      { type: "voucher_give", receiverId: "a", lines: [{ expiresAt: 1, amount: 1 }] },
      { type: "voucher_give", receiverId: "a", lines: [{ expiresAt: Infinity, amount: "1" }] },
      {
        type: "voucher_give",
        receiverId: "a",
        lines: Array.from({ length: 1_000 }, () => ({ expiresAt: 1, amount: 1 })),
      },
      { type: "send", text: "x".repeat(1_000_001), model: "Auto" },
      { type: "send", text: "x", model: 5 },
    ])
      assert.equal(parts.readPageMessage(bad), undefined, JSON.stringify(bad)?.slice(0, 100));
    assert.equal(parts.isTooLongPrompt({ type: "send", text: "x".repeat(1_000_001), model: "Auto" }), true);
    assert.equal(parts.isTooLongPrompt({ type: "draft", text: "x".repeat(1_000_000) }), false);
  });

  describe("the sign-in of CoStrict's plugin", () => {
    const token = tokenOf({ iat: 1_700_000_000 });

    it("is found in every shape that it may have", () => {
      const read = (value) => parts.readAuthJson(typeof value === "string" ? value : JSON.stringify(value));
      for (const shape of [
        { access_token: token, refresh_token: "r" },
        { accessToken: token, refreshToken: "r" },
        { data: { access_token: token } },
        { costrict: { auth: { accessToken: `Bearer ${token}` } } },
        [{ access_token: token }],
        { access_token: "", accessToken: token },
        { access_token: 5, inner: { access_token: token } },
      ])
        assert.equal(read(shape)?.token, token, JSON.stringify(shape));
      assert.equal(read(`\ufeff${JSON.stringify({ access_token: token })}`).token, token);
      assert.equal(read({ base_url: SERVER, data: { access_token: token } }).server, SERVER);
      assert.equal(
        read({ baseUrl: "https://other.example", data: { baseUrl: SERVER, access_token: token } }).server,
        SERVER,
      );
      const deep = Array.from({ length: 5_000 }).reduce((inner) => `{"a":${inner}}`, "1");
      for (const broken of [
        "",
        "{",
        "null",
        "5",
        "[]",
        "{}",
        '{"access_token":"two words"}',
        '{"access_token":null}',
        '{"refresh_token":"r"}',
        deep,
      ])
        assert.equal(read(broken), undefined, broken.slice(0, 30));
    });

    it("is read from a file, whatever is in its place", async () => {
      const path = join(folder, "auth.json");
      const log = [];
      const file = new parts.AuthJson(path, (line) => log.push(line));
      assert.equal(await file.read(), undefined);
      await writeFile(path, JSON.stringify({ access_token: token }), { mode: 0o600 });
      assert.equal((await file.read()).token, token);
      assert.equal((await file.read()).at, (await stat(path)).mtimeMs);
      assert.deepEqual(log, []);
      if (process.platform !== "win32") {
        await chmod(path, 0o644);
        assert.equal((await file.read()).token, token);
        await file.read();
        assert.equal(log.length, 1);
        assert.doesNotMatch(log[0], /eyJ/);
      }
      await writeFile(path, `{"access_token":"${token}","more":"${"x".repeat(300_000)}"}`);
      assert.equal(await file.read(), undefined);
      await rm(path);
      await mkdir(path);
      assert.equal(await file.read(), undefined);
      await rm(path, { recursive: true });
    });

    it("is watched, also before its folder is there", { timeout: 60_000 }, async () => {
      const inside = join(folder, "home/.costrict/share");
      const file = new parts.AuthJson(join(inside, "auth.json"));
      for (const name of ["made", "replaced"]) {
        let heard = 0;
        const stop = file.watch(() => (heard += 1));
        await mkdir(inside, { recursive: true });
        await until(`the file that was ${name}`, async () => {
          await writeFile(join(inside, "new"), `${name} ${Date.now()}`);
          await rename(join(inside, "new"), join(inside, "auth.json"));
          return heard > 0 ? true : undefined;
        });
        stop();
      }
    });

    it("is nowhere on a machine without a home folder, and where a variable says", () => {
      const kept = { ...process.env };
      try {
        process.env.COSTRICT_SHARE_DIR = "/elsewhere";
        assert.equal(parts.authJsonPath(), join("/elsewhere", "auth.json"));
        delete process.env.COSTRICT_SHARE_DIR;
        process.env.HOME = "/home/reader";
        if (process.platform === "linux") assert.equal(parts.authJsonPath(), "/home/reader/.costrict/share/auth.json");
      } finally {
        process.env.HOME = kept.HOME;
        if (kept.COSTRICT_SHARE_DIR !== undefined) process.env.COSTRICT_SHARE_DIR = kept.COSTRICT_SHARE_DIR;
      }
    });
  });

  describe("the token", () => {
    const secrets = () => {
      const [kept, heard] = [new Map(), new Set()];
      return {
        kept,
        get: async (name) => kept.get(name),
        store: async (key, value) => (kept.set(key, value), heard.forEach((hear) => hear({ key }))),
        onDidChange: (hear) => (heard.add(hear), { dispose: () => heard.delete(hear) }),
      };
    };
    const quiet = { onDidChange: () => ({ dispose() {} }) };

    it("is for the server that gave it", async () => {
      let server = SERVER;
      const place = new parts.TokenStore(secrets(), () => server);
      await place.save({ token: "one", renewal: "next" });
      assert.deepEqual([await place.get(), await place.renewal()], ["one", "next"]);
      server = "https://other.example";
      assert.deepEqual(
        [await place.get(), await place.renewal(), await place.hasTokenOfOtherServer()],
        [undefined, undefined, true],
      );
      assert.equal(await place.get(SERVER), "one");
      server = SERVER;
      assert.equal(await place.get(), "one");
    });

    it("that an older version kept is for the server that is in use when it is first read, and no other", async () => {
      let server = SERVER;
      const storage = secrets();
      await storage.store("costrictCredit.token", JSON.stringify({ token: "old", mark: "m" }));
      const place = new parts.TokenStore(storage, () => server);
      let heard = 0;
      place.onDidChange(() => (heard += 1));
      assert.equal(await place.get(), "old");
      server = "https://other.example";
      assert.equal(await place.get(), undefined);
      assert.equal(await new parts.TokenStore(storage, () => server).get(), undefined);
      await new Promise(setImmediate);
      assert.ok(heard <= 1);
    });

    it("is the fresher one of the editor's and the plugin's", async () => {
      const now = Date.now();
      const issued = (ago, more = {}) => tokenOf({ iat: Math.round((now - ago) / 1_000), ...more });
      const ended = { exp: Math.round((now - HOUR) / 1_000) };
      for (const [own, shared, isShared] of [
        [issued(HOUR), issued(2 * HOUR), false],
        [issued(2 * HOUR), issued(HOUR), true],
        [issued(HOUR, ended), issued(2 * HOUR), true],
        [issued(2 * HOUR), issued(HOUR, ended), false],
        ["opaque", issued(HOUR), false],
        [undefined, issued(HOUR, ended), true],
        [issued(HOUR), undefined, false],
      ]) {
        const source = {
          ...quiet,
          read: async () => (shared === undefined ? undefined : { token: shared, at: now - HOUR }),
        };
        const place = new parts.TokenStore(secrets(), () => SERVER, source);
        if (own !== undefined) await place.save({ token: own, renewal: "next" });
        assert.equal(await place.isShared(), isShared);
        assert.equal(await place.get(), isShared ? shared : own);
        // The plugin's sign-in is never renewed from here.
        assert.equal(await place.renewal(), isShared || own === undefined ? undefined : "next");
      }
    });
  });

  describe("turns without locks", () => {
    it("are given to one window, end with their time, and not later than they can", async () => {
      const values = new Map();
      const store = {
        read: async (key) => values.get(key),
        write: async (key, value) => void (value === undefined ? values.delete(key) : values.set(key, value)),
        watch: () => () => {},
      };
      const given = await Promise.all([1, 2, 3].map(() => parts.acquireWindowLock(store, "renewal", 30_000)));
      assert.equal(given.filter(Boolean).length, 1);
      assert.equal(await parts.acquireWindowLock(store, "renewal", 30_000), undefined);
      await given.find(Boolean)();
      for (const until of [Date.now() - 1, Date.now() + 8 * HOUR]) {
        values.set("renewal.lease", JSON.stringify({ owner: "gone", until }));
        assert.ok(await parts.acquireWindowLock(store, "renewal", 30_000));
        values.clear();
      }
      const broken = { ...store, lock: () => Promise.reject(new Error("no locks here")) };
      assert.ok(await parts.acquireWindowLock(broken, "renewal", 30_000));
    });
  });
});
