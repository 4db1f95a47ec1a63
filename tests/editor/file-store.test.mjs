// The storage of the Node host alone: what windows that share a folder may rely on.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { EventEmitter } from "node:events";
import fs from "node:fs";
import fsp, { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { build } from "esbuild";

const SOURCE = fileURLToPath(new URL("../../pkg/node/src/file-store.ts", import.meta.url));
const HOUR = 3_600_000;

/** Runs with another function in place of one of Node's. */
async function patchedIn(module, name, replacement, run) {
  const real = module[name];
  module[name] = replacement;
  syncBuiltinESMExports();
  try {
    return await run();
  } finally {
    module[name] = real;
    syncBuiltinESMExports();
  }
}
const patched = (name, replacement, run) => patchedIn(fsp, name, replacement, run);

describe("file store", () => {
  let folder, FileStore;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "credit-store-"));
    const outfile = join(folder, "file-store.mjs");
    await build({ entryPoints: [SOURCE], outfile, bundle: true, format: "esm", platform: "node", logLevel: "error" });
    ({ FileStore } = await import(pathToFileURL(outfile)));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const place = (name) => join(folder, name);
  const windows = (name, count) => Array.from({ length: count }, () => new FileStore(place(name)));

  it("gives back what another window wrote, under any key", async () => {
    const [one, other] = windows("values", 2);
    for (const key of ["plain", "../outside", "a/b\\c:d*?", "CON", "积分", "%2e"]) {
      assert.equal(await other.read(key), undefined);
      await one.write(key, `value of ${key}`);
      assert.equal(await other.read(key), `value of ${key}`);
      await other.write(key, undefined);
      assert.equal(await one.read(key), undefined);
    }
    assert.deepEqual(await readdir(place("values")), []);
  });

  it("never shows half a value while many windows write", async () => {
    const all = windows("whole", 4);
    const values = ["a", "b", "c", "d"].map((letter) => letter.repeat(200_000));
    await all[0].write("reading", values[0]);
    const writing = Promise.all(
      all.map(async (store, at) => {
        for (let round = 0; round < 10; round += 1) await store.write("reading", values[at]);
      }),
    );
    let over = false;
    void writing.then(() => (over = true));
    while (!over) assert.ok(values.includes(await all[0].read("reading")));
    await writing;
  });

  it("gives a lock to one window, and again to the same", async () => {
    const all = windows("locks", 8);
    const given = await Promise.all(all.map((store) => store.lock("refresh", HOUR)));
    assert.equal(given.filter(Boolean).length, 1);
    const owner = given.indexOf(true);
    assert.equal(await all[owner].lock("refresh", HOUR), true);
    const other = all[(owner + 1) % all.length];
    await other.unlock("refresh");
    assert.equal(await other.lock("refresh", HOUR), false);
    await all[owner].unlock("refresh");
    assert.equal(await other.lock("refresh", HOUR), true);
  });

  it("takes over a lock whose time is over, or that cannot be read, by one window only", async () => {
    for (const left of [JSON.stringify({ owner: "gone", until: 1 }), "", "{}", "\u0000"]) {
      const name = `stale-${left.length}`;
      await mkdir(place(name));
      await writeFile(join(place(name), "refresh.lock"), left);
      const given = await Promise.all(windows(name, 8).map((store) => store.lock("refresh", HOUR)));
      assert.ok(given.filter(Boolean).length <= 1);
      const held = given.some(Boolean) || (await new FileStore(place(name)).lock("refresh", HOUR));
      assert.ok(held);
      assert.equal(await new FileStore(place(name)).lock("refresh", HOUR), false);
      assert.deepEqual(await readdir(place(name)), ["refresh.lock"]);
    }
  });

  it("wakes the other windows, and not the one that wrote", async () => {
    const [one, other] = windows("wake", 2);
    let own = 0;
    const stopOwn = one.watch(() => (own += 1));
    const woken = new Promise((resolve) => other.watch(resolve));
    // The folder is watched from the next turns on: write until the other one hears it.
    let heard = false;
    void woken.then(() => (heard = true));
    for (let round = 0; !heard; round += 1) await one.write("reading", String(round));
    stopOwn();
    assert.equal(own, 0);
  });

  it("says why a folder cannot be written", async () => {
    await writeFile(place("file"), "");
    const store = new FileStore(join(place("file"), "inside"));
    await assert.rejects(store.write("reading", "1"), { code: "read_only", path: join(place("file"), "inside") });
    await rm(place("file"));
    await store.write("reading", "1");
    assert.equal(await store.read("reading"), "1");
  });

  it("says that a pipe is no value, and that a file system takes no folder, instead of waiting", {
    skip: process.platform === "win32",
    timeout: 10_000,
  }, async () => {
    const store = new FileStore(place("pipe"));
    await store.write("reading", "1");
    const [name] = await readdir(place("pipe"));
    await rm(join(place("pipe"), name));
    execFileSync("mkfifo", [join(place("pipe"), name)]);
    await assert.rejects(store.read("reading"), { code: "unreadable" });
    await store.write("reading", "2");
    assert.equal(await store.read("reading"), "2");
    await assert.rejects(new FileStore("/proc/none/account").write("reading", "1"), { code: "read_only" });
  });

  it("takes over a lock that says it holds longer than a lock can", async () => {
    const lefts = [Date.now() + HOUR + 60_000, Date.now() + 8 * HOUR, Date.UTC(2039, 0), Number.MAX_VALUE].map(
      (until) => JSON.stringify({ owner: "gone", until }),
    );
    for (const [at, left] of [
      ...lefts,
      '{"owner":"gone","until":1e999}',
      `{"owner":"gone","until":${Date.now() + 9e6},"ttl":1e12}`,
    ].entries()) {
      const name = `ahead-${at}`;
      await mkdir(place(name));
      await writeFile(join(place(name), "refresh.lock"), left);
      const given = await Promise.all(windows(name, 4).map((store) => store.lock("refresh", 30_000)));
      assert.ok(given.filter(Boolean).length <= 1, left);
      const held = given.some(Boolean) || (await new FileStore(place(name)).lock("refresh", 30_000));
      assert.ok(held, left);
      assert.equal(await new FileStore(place(name)).lock("refresh", 30_000), false);
    }
  });

  it("keeps a lock of another window for its own length, whatever length is asked for", async () => {
    const [one, other] = windows("lengths", 2);
    assert.equal(await one.lock("refresh", HOUR), true);
    assert.equal(await other.lock("refresh", 1_000), false);
  });

  for (const code of ["EPERM", "ENOTSUP", "EOPNOTSUPP"]) {
    it(`locks where the file system has no links (${code})`, async () => {
      await patched(
        "link",
        () => Promise.reject(Object.assign(new Error(code), { code })),
        async () => {
          const all = windows(`no-links-${code}`, 8);
          const given = await Promise.all(all.map((store) => store.lock("renewal", HOUR)));
          assert.equal(given.filter(Boolean).length, 1);
          const owner = all[given.indexOf(true)];
          await owner.unlock("renewal");
          const next = await Promise.all(all.map((store) => store.lock("renewal", HOUR)));
          assert.equal(next.filter(Boolean).length, 1);
          await writeFile(join(place(`no-links-${code}`), "other.lock"), JSON.stringify({ owner: "gone", until: 1 }));
          const stale = await Promise.all(all.map((store) => store.lock("other", HOUR)));
          assert.ok(stale.filter(Boolean).length <= 1);
          assert.ok(stale.some(Boolean) || (await all[0].lock("other", HOUR)));
        },
      );
    });
  }

  it("reads the folder from time to time where it cannot be watched, and says so once", async () => {
    const unhandled = [];
    const note = (cause) => unhandled.push(cause);
    process.on("unhandledRejection", note);
    const log = [];
    try {
      const noWatcher = () => {
        throw Object.assign(new Error("no watcher left"), { code: "ENOSPC" });
      };
      await patchedIn(fs, "watch", noWatcher, async () => {
        const [one, other] = [new FileStore(place("polled"), (line) => log.push(line)), new FileStore(place("polled"))];
        let heard = 0;
        const stop = one.watch(() => (heard += 1));
        for (let round = 0; heard === 0; round += 1) {
          await other.write("reading", String(round));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        stop();
      });
    } finally {
      process.off("unhandledRejection", note);
    }
    assert.deepEqual(unhandled, []);
    assert.equal(log.length, 1);
    assert.match(log[0], /ENOSPC/);
  });

  it("goes on reading when the watcher ends with an error", async () => {
    const log = [];
    const watcher = new EventEmitter();
    watcher.close = () => {};
    await patchedIn(
      fs,
      "watch",
      () => watcher,
      async () => {
        const one = new FileStore(place("ended"), (line) => log.push(line));
        const other = new FileStore(place("ended"));
        let heard = 0;
        const stop = one.watch(() => (heard += 1));
        while (watcher.listenerCount("error") === 0) await new Promise(setImmediate);
        watcher.emit("error", Object.assign(new Error("gone"), { code: "EMFILE" }));
        for (let round = 0; heard === 0; round += 1) {
          await other.write("reading", String(round));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        stop();
      },
    );
    assert.match(log.join(), /EMFILE/);
  });

  it("writes, syncs, renames, and syncs the folder", async () => {
    const order = [];
    const real = { open: fsp.open, rename: fsp.rename };
    const open = async (path, ...rest) => {
      const handle = await real.open(path, ...rest);
      const sync = handle.sync.bind(handle);
      handle.sync = () => (order.push(path === place("synced") ? "sync folder" : "sync file"), sync());
      return handle;
    };
    const rename = (...paths) => (order.push("rename"), real.rename(...paths));
    await patched("open", open, () =>
      patched("rename", rename, () => new FileStore(place("synced")).write("reading", "1")),
    );
    assert.deepEqual(order, ["sync file", "rename", "sync folder"]);
  });

  it("removes what killed windows left behind, and nothing that is being written", async () => {
    const name = (at) => `reading.value.0000000${at}-0000-4000-8000-000000000000`;
    await mkdir(place("left"));
    for (const file of [name(1), name(2), `refresh.lock.${name(3).slice(14)}`, "reading.value", "notes.txt"])
      await writeFile(join(place("left"), file), "x");
    const hour = new Date(Date.now() - HOUR);
    for (const file of [name(1), `refresh.lock.${name(3).slice(14)}`, "reading.value", "notes.txt"])
      await utimes(join(place("left"), file), hour, hour);
    await new FileStore(place("left")).write("other", "1");
    assert.deepEqual(
      (await readdir(place("left"))).sort(),
      ["notes.txt", "other.value", "reading.value", name(2)].sort(),
    );
  });

  it("goes on when the folder was removed meanwhile", async () => {
    const store = new FileStore(place("removed"));
    await store.write("reading", "1");
    await rm(place("removed"), { recursive: true });
    await store.write("reading", "2");
    assert.equal(await store.read("reading"), "2");
    await rm(place("removed"), { recursive: true });
    assert.equal(await store.lock("refresh", 1_000), true);
  });
});
