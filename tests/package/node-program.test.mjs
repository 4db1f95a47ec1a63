// `costrict-credit/node` as a program uses it: where a token is found, what it is stored in, and what goes wrong with files.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { install, root } from "./install.mjs";
import { serve, token } from "./server.mjs";

const run = promisify(execFile);
const SERVER = "https://credits.example";
const user = install();
after(user.remove);
const node = await import(pathToFileURL(join(user.place, "node/dist/index.js")).href);
const place = (...names) => join(user.folder, ...names);
/** The tests may run as a user whom no mode keeps out. */
const needsModes = { skip: (process.platform === "win32" || process.getuid?.() === 0) && "modes are not enforced" };
/** Making a link takes a right that a user of Windows may not have. */
const loops = { skip: process.platform === "win32" && "no links" };

test("the example of the documentation runs", async () => {
  const server = await serve();
  try {
    const text = readFileSync(join(root, "pkg/node/src/index.ts"), "utf8");
    const example = /```js\n([\s\S]*?)```/.exec(text)[1].replace(/^ \* ?/gm, "");
    assert.match(example, /"https:\/\/zgsm\.sangfor\.com"/);
    const program = user.write("example.mjs", example.replace("https://zgsm.sangfor.com", server.base));
    const env = { PATH: process.env.PATH, COSTRICT_CREDIT_HOME: place("state"), HOME: place("home") };
    const first = await run(process.execPath, [program], { env: { ...env, COSTRICT_TOKEN: token() } });
    assert.match(first.stdout, /41\.5/);
    // What was read is stored, in a folder that is the user's alone.
    if (process.platform !== "win32") assert.equal(statSync(place("state/account")).mode & 0o077, 0);
    const second = await run(process.execPath, [program], { env }).catch((cause) => cause);
    assert.equal(second.code, 1);
    assert.doesNotMatch(second.stdout, /41\.5/);
  } finally {
    await server.close();
  }
});

describe("a token", () => {
  const own = new node.TokenFile(place("own", "token.json"));
  const authJson = place("auth.json");
  const write = (value, mode = 0o600) => {
    writeFileSync(authJson, typeof value === "string" ? value : JSON.stringify(value));
    chmodSync(authJson, mode);
  };
  before(() => write({ access_token: token() }));

  test("is found in the first source that has one", async () => {
    const source = (env, input = []) =>
      node.firstToken(
        node.environmentToken("CREDIT_TOKEN", env),
        node.stdinToken(Readable.from(input)),
        node.fileToken(own),
        node.authJsonToken(authJson),
      );
    assert.deepEqual(await source({})(SERVER), { token: token(), origin: "auth_json" });
    await own.save(SERVER, { token: "own", renewal: "next" });
    assert.deepEqual(await source({})(SERVER), { token: "own", renewal: "next", origin: "file" });
    assert.deepEqual(await source({}, ["Bearer pi", "ped\nmore\n"])(SERVER), { token: "piped", origin: "stdin" });
    assert.deepEqual(await source({ CREDIT_TOKEN: "given" }, ["piped"])(SERVER), {
      token: "given",
      origin: "environment",
    });
    await own.remove(SERVER);
  });

  test("on stdin is read once, and not awaited from a terminal", async () => {
    const source = node.stdinToken(Readable.from(["one\n"]));
    assert.deepEqual([(await source(SERVER)).token, (await source(SERVER)).token], ["one", "one"]);
    const terminal = Object.assign(new Readable({ read() {} }), { isTTY: true });
    assert.equal(await node.stdinToken(terminal)(SERVER), undefined);
    assert.equal(await node.stdinToken(Readable.from([]))(SERVER), undefined);
  });

  test("that cannot be one is a mistake, and is not in the message", async () => {
    for (const source of [
      node.environmentToken("X", { X: "two words" }),
      node.stdinToken(Readable.from(["two words\n"])),
    ]) {
      const failed = node.firstToken(source, node.authJsonToken(authJson))(SERVER);
      await assert.rejects(failed, (error) => {
        assert.ok(error instanceof node.StorageError);
        assert.equal(error.code, "not_a_token");
        assert.doesNotMatch(error.message, /two words/);
        return true;
      });
    }
    await assert.rejects(own.save(SERVER, { token: "two words" }), { code: "not_a_token" });
  });

  test("of the own file is for the server that gave it, and no other user can read it", async () => {
    await own.save(SERVER, { token: "one", renewal: "next" });
    await own.save("https://other.example", { token: "two" });
    assert.deepEqual(await own.read(SERVER), { token: "one", renewal: "next" });
    assert.deepEqual(await own.read("https://other.example"), { token: "two" });
    assert.equal(await own.read("https://third.example"), undefined);
    assert.equal(await own.read("toString"), undefined);
    if (process.platform !== "win32") assert.equal(statSync(own.path).mode & 0o777, 0o600);
    await own.remove(SERVER);
    assert.equal(await own.read(SERVER), undefined);
    assert.deepEqual(await own.read("https://other.example"), { token: "two" });
  });

  test("of the plugin is used at its server only, and its file is never written", async () => {
    write({ access_token: token(), base_url: `${SERVER}/` });
    const before = readFileSync(authJson, "utf8");
    const source = node.authJsonToken(authJson);
    assert.equal((await source(SERVER)).token, token());
    assert.equal(await source("https://other.example"), undefined);
    assert.equal(readFileSync(authJson, "utf8"), before);
  });

  test("of the plugin for a server that no address names is not used", async () => {
    write({ access_token: token(), base_url: "nowhere" });
    assert.equal(await node.authJsonToken(authJson)("nowhere either"), undefined);
  });

  test("is found by every spelling of its server's address", async () => {
    const file = new node.TokenFile(place("spelling", "token.json"));
    await file.save(`${SERVER}/`, { token: token() });
    assert.equal((await file.read(SERVER)).token, token());
    await file.remove(SERVER.toUpperCase().replace("HTTPS", "https"));
    assert.equal(await file.read(`${SERVER}/`), undefined);
  });

  test("that is saved while another program saves one is there, and so is the other", async () => {
    const servers = ["a", "b", "c", "d"].map((name) => `https://${name}.example`);
    const file = () => new node.TokenFile(place("together", "token.json"));
    await Promise.all(servers.map((server) => file().save(server, { token: token() })));
    for (const server of servers) assert.equal((await file().read(server))?.token, token(), server);
    assert.deepEqual(readdirSync(place("together")), ["token.json"]);
  });

  test("is not saved over a file that cannot be read: the sign-ins in it would be lost", loops, async () => {
    symlinkSync(place("loop.json"), place("loop.json"));
    await assert.rejects(new node.TokenFile(place("loop.json")).save(SERVER, { token: token() }), {
      code: "unreadable",
    });
    assert.ok(lstatSync(place("loop.json")).isSymbolicLink());
  });

  test("is absent where there is no file, and an error where a file is broken", async () => {
    assert.equal(await node.authJsonToken(place("absent.json"))(SERVER), undefined);
    assert.equal(await new node.TokenFile(place("absent", "token.json")).read(SERVER), undefined);
    write('{"access_token":');
    await assert.rejects(node.authJsonToken(authJson)(SERVER), { code: "malformed", path: authJson });
    const broken = new node.TokenFile(place("broken.json"));
    for (const text of ["{", "null", "5", '{"signIns":3}']) {
      writeFileSync(broken.path, text);
      await assert.rejects(broken.read(SERVER), { code: "malformed", path: broken.path }, text);
    }
    await broken.save(SERVER, { token: "new" });
    assert.equal((await broken.read(SERVER)).token, "new");
  });

  test("of a broken file does not hide one that is elsewhere", async () => {
    write("{");
    const source = node.firstToken(node.authJsonToken(authJson), node.environmentToken("X", { X: "given" }));
    assert.equal((await source(SERVER)).token, "given");
    await assert.rejects(node.firstToken(node.authJsonToken(authJson), node.environmentToken("Y", {}))(SERVER), {
      code: "malformed",
    });
  });

  test("in a folder of that name is unreadable, and in a place for a file it cannot be saved", async () => {
    mkdirSync(place("folder.json"));
    await assert.rejects(new node.TokenFile(place("folder.json")).read(SERVER), { code: "unreadable" });
    writeFileSync(place("plain"), "");
    const inside = new node.TokenFile(place("plain", "token.json"));
    assert.equal(await inside.read(SERVER), undefined);
    await assert.rejects(inside.save(SERVER, { token: "one" }), { code: "read_only", path: inside.path });
  });

  test("and a store without permission say so", needsModes, async () => {
    write({ access_token: token() }, 0o000);
    await assert.rejects(node.authJsonToken(authJson)(SERVER), { code: "unreadable" });
    const store = new node.FileStore(place("closed"));
    await store.write("reading", "1");
    chmodSync(place("closed"), 0o500);
    await assert.rejects(store.write("reading", "2"), { code: "read_only" });
    assert.equal(await store.read("reading"), "1");
    chmodSync(place("closed"), 0o700);
  });
});

test("whatever is wrong with the folder of a store is a StorageError", loops, async () => {
  symlinkSync(place("loop"), place("loop"));
  await assert.rejects(new node.FileStore(place("loop")).write("key", "text"), { name: "StorageError" });
  writeFileSync(place("file"), "");
  await assert.rejects(new node.FileStore(place("file")).unlock("name"), { name: "StorageError" });
  const store = new node.FileStore(place("store"));
  mkdirSync(place("store", "key.value"), { recursive: true });
  await assert.rejects(store.write("key", undefined), { name: "StorageError" });
  await assert.rejects(store.write("k".repeat(400), "text"), { name: "StorageError" });
});

test("a host whose server is a function looks for a token of the server of now", async () => {
  const asked = [];
  let server = "https://a.example";
  const source = async (of) => void asked.push(of);
  const host = node.nodeHost({ server: () => server, token: source, store: new node.FileStore(place("store")) });
  await host.token();
  server = "https://b.example";
  await host.token();
  assert.deepEqual(asked, ["https://a.example", "https://b.example"]);
});

test("without a home folder, a folder has to be named", async () => {
  const program = user.write(
    "homeless.mjs",
    `import os from "node:os";
import { syncBuiltinESMExports } from "node:module";
os.homedir = () => { throw new Error("none"); };
syncBuiltinESMExports();
const { authJsonPath, authJsonToken, FileStore, TokenFile } = await import("costrict-credit/node");
const codes = [];
for (const make of [() => new FileStore(), () => new TokenFile(), () => authJsonToken()("https://credits.example")])
  try { await make(); codes.push("made"); } catch (error) { codes.push(error.code); }
console.log(JSON.stringify([authJsonPath() ?? null, codes]));`,
  );
  const { stdout } = await run(process.execPath, [program], { env: { PATH: process.env.PATH } });
  assert.deepEqual(JSON.parse(stdout), [null, ["no_home", "no_home", "no_home"]]);
});

test("the storage of programs is where the system has such folders, or where a variable says", () => {
  assert.equal(node.stateFolder({ COSTRICT_CREDIT_HOME: "/elsewhere" }), "/elsewhere");
  if (process.platform === "linux") {
    assert.equal(node.stateFolder({ XDG_STATE_HOME: "/state" }), "/state/costrict-credit");
    assert.match(node.stateFolder({}), /\.local\/state\/costrict-credit$/);
  }
});

test("programs that share a storage hear of each other's writes, and one has a lock at a time", async () => {
  const folder = place("shared");
  rmSync(folder, { recursive: true, force: true });
  const [one, other] = [new node.FileStore(folder), new node.FileStore(folder)];
  const heard = new Promise((resolve) => {
    const stop = other.watch(() => resolve(stop));
  });
  let written = 0;
  const writing = setInterval(() => void one.write("reading", String((written += 1))), 50);
  const stop = await heard;
  clearInterval(writing);
  stop();
  // Which of two that ask together gets it is not said.
  const stores = [one, other];
  const given = await Promise.all(stores.map((store) => store.lock("refresh", 60_000)));
  assert.equal(given.filter(Boolean).length, 1);
  await stores[given.indexOf(true)].unlock("refresh");
  assert.equal(await stores[given.indexOf(false)].lock("refresh", 60_000), true);
});

test("require gives the same", () => {
  const names = JSON.parse(
    user.run("-e", `console.log(JSON.stringify(Object.keys(require("costrict-credit/node")).sort()))`),
  );
  assert.deepEqual(names, Object.keys(node).sort());
});
