// The storage of the Node host alone: what windows that share a folder may rely on.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { build } from "esbuild";

const SOURCE = fileURLToPath(new URL("../../vscode/src/host/file-store.ts", import.meta.url));
const HOUR = 3_600_000;

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
    const writing = Promise.all(all.map(async (store, at) => {
      for (let round = 0; round < 10; round += 1) await store.write("reading", values[at]);
    }));
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
    await assert.rejects(store.write("reading", "1"), { code: "ENOTDIR" });
    await rm(place("file"));
    await store.write("reading", "1");
    assert.equal(await store.read("reading"), "1");
  });
});
