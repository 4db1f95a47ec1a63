// Inside the extension host, with the editor's real API: the host parts of the extension, and what it offers to others.
// "ann" is signed in and stays so.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { Forwarder } from "../support/forwarder.mjs";
import { testsOf } from "../support/tests.mjs";

const KEYS = ["plain", "../outside", "a/b\\c:d*?", "CON", "积分", "%2e"];

export function inHost(world) {
  const { before, it } = testsOf(world);

  describe("inside the extension host", () => {
    let window;

    before(async () => {
      ({ window } = world);
      await world.home();
    });

    for (const store of ["FileStore", "FolderStore"]) {
      it(`${store} keeps any key, replaces whole values, and has nothing left after a removal`, async () => {
        const folder = world.editor.path("tmp", store);
        const found = await window.inHost(
          async (host, { store, folder, keys }) => {
            const target = store === "FileStore" ? folder : host.vscode.Uri.file(folder);
            const [one, other] = [new host[store](target), new host[store](target)];
            const seen = [];
            for (const key of keys) {
              seen.push(await other.read(key));
              await one.write(key, "first");
              await other.write(key, `second ${key}`);
              seen.push(await one.read(key));
              await one.write(key, undefined);
              await one.write(key, undefined);
              seen.push(await other.read(key));
            }
            const left = await host.vscode.workspace.fs.readDirectory(host.vscode.Uri.file(folder));
            return { seen: seen.map((value) => value ?? null), left };
          },
          { store, folder, keys: KEYS },
        );
        assert.deepEqual(
          found.seen,
          KEYS.flatMap((key) => [null, `second ${key}`, null]),
        );
        assert.deepEqual(found.left, []);
      });

      it(`${store} says why a folder cannot be written`, async () => {
        const folder = world.editor.path("folder", "prompt.txt");
        const failed = window.inHost(
          async (host, { store, folder }) => {
            const target = store === "FileStore" ? folder : host.vscode.Uri.file(folder);
            await new host[store](target).write("reading", "1");
          },
          { store, folder },
        );
        await assert.rejects(failed, /prompt\.txt|ENOTDIR|EEXIST|not a directory/i);
      });
    }

    it("both stores read each other's values: a window in the other host shares them", async () => {
      const folder = world.editor.path("tmp", "shared");
      const found = await window.inHost(async ({ FileStore, FolderStore, vscode }, folder) => {
        const [file, web] = [new FileStore(folder), new FolderStore(vscode.Uri.file(folder))];
        await file.write("a/b", "from node");
        const one = await web.read("a/b");
        await web.write("a/b", "from the web");
        return [one, await file.read("a/b")];
      }, folder);
      assert.deepEqual(found, ["from node", "from the web"]);
    });

    it("a lock is held by one window at a time, also by one in another process", async () => {
      const folder = world.editor.path("tmp", "locks");
      const lock = (one, action) =>
        one.inHost(
          async (host, { folder, action }) => {
            globalThis.lockStore ??= new host.FileStore(folder);
            return globalThis.lockStore[action]("refresh", 60_000);
          },
          { folder, action },
        );
      await world.inWindow({}, async (other) => {
        const given = await Promise.all([lock(window, "lock"), lock(other, "lock")]);
        assert.equal(given.filter(Boolean).length, 1);
        const [owner, waiting] = given[0] ? [window, other] : [other, window];
        await lock(waiting, "unlock");
        assert.equal(await lock(waiting, "lock"), false);
        await lock(owner, "unlock");
        assert.equal(await lock(waiting, "lock"), true);
      });
    });

    it("the token store keeps a pair in the secret storage, notifies of it, and forgets all", async () => {
      const found = await window.inHost(async ({ TokenStore, context }) => {
        const store = new TokenStore(context.secrets);
        const heard = [];
        const listening = store.onDidChange(async () =>
          heard.push([await store.get(), await store.renewal()].map((value) => value ?? null)),
        );
        const notified = async (count) => {
          while (heard.length < count) await new Promise((resolve) => setTimeout(resolve, 20));
        };
        await store.save({ token: "one", renewal: "next" });
        await notified(1);
        await store.save({ token: "two" });
        await notified(2);
        await store.remove();
        await notified(3);
        listening.dispose();
        return heard;
      });
      assert.deepEqual(found, [
        ["one", "next"],
        ["two", null],
        [null, null],
      ]);
    });

    it("the log takes tokens out", async () => {
      const token = world.demoToken;
      const lines = await window.inHost(
        ({ redact }, token) => [redact(`sent ${token}.`), redact(`Authorization: Bearer ${token}`)],
        token,
      );
      for (const line of lines) {
        assert.ok(!line.includes(token.split(".")[1]), line);
        assert.ok(line.includes("***"));
      }
    });

    it("fetch goes through the editor's proxy", async () => {
      const proxy = await Forwarder.start(world.ledger.url);
      await window.configure({ "http.proxy": proxy.url, "http.proxySupport": "override" });
      try {
        const status = await window.inHost(() => fetch("http://credits.invalid/health").then((reply) => reply.status));
        assert.equal(status, 200);
        // The extension itself may have asked for something on its own in that time.
        assert.ok(
          proxy.asked.some((address) => address.includes("credits.invalid")),
          proxy.asked.join(),
        );
      } finally {
        await window.configure({ "http.proxy": null, "http.proxySupport": null });
        await proxy.stop();
      }
    });

    it("settings are read as the user wrote them, and say what a change is about", async () => {
      const found = await window.inHost(async ({ Settings, vscode }) => {
        const settings = new Settings();
        const touched = [];
        settings.onDidChange((change) => touched.push(change));
        const change = (name, value) =>
          vscode.workspace.getConfiguration("costrictCredit").update(name, value, vscode.ConfigurationTarget.Global);
        await change("expiryThresholdHours", [0.5, 48]);
        const { expiryThresholds } = settings.client;
        await change("expiryThresholdHours", undefined);
        await change("masked", true);
        const { masked } = settings;
        await change("masked", undefined);
        settings.dispose();
        return { touched, expiryThresholds, masked, after: settings.client.expiryThresholds ?? null };
      });
      assert.deepEqual(found, {
        touched: ["options", "options", "look", "look"],
        expiryThresholds: [1_800_000, 172_800_000],
        masked: true,
        after: null,
      });
    });

    it("another extension gets the typed client, which keeps a budget's change, and a new one for another address", async () => {
      const found = await window.inHost(async ({ vscode }) => {
        const api = await vscode.extensions.getExtension("costrict-credit.costrict-credit-vscode").activate();
        const client = await api.client();
        const settings = vscode.workspace.getConfiguration("costrictCredit");
        const { Global } = vscode.ConfigurationTarget;
        await settings.update("budget.perDay.warn", 1000, Global);
        const kept = (await api.client()) === client;
        await settings.update("budget.perDay.warn", undefined, Global);
        const replaced = new Promise((resolve) => {
          const listening = api.onDidReplace(() => resolve(listening.dispose()));
        });
        // The same server in another spelling.
        const baseUrl = settings.get("baseUrl");
        await settings.update("baseUrl", `${baseUrl}/`, Global);
        await replaced;
        const next = await api.client();
        const { state } = next.account();
        await settings.update("baseUrl", baseUrl, Global);
        let freed;
        try {
          client.account();
        } catch (cause) {
          freed = cause.code;
        }
        return { kept, other: next !== client, state, freed };
      });
      assert.deepEqual(found, { kept: true, other: true, state: "known", freed: "freed" });
    });

    it("tools return status, estimate and forecast, and change nothing", async () => {
      const number = await world.remaining(world.demoToken);
      const before = await world.chats();
      const said = await window.inHost(async ({ vscode }) => {
        const ask = async (name, input) => {
          const { content } = await vscode.lm.invokeTool(
            name,
            { input, toolInvocationToken: undefined },
            new vscode.CancellationTokenSource().token,
          );
          return content.map((part) => part.value).join("\n");
        };
        const prompt = "Explain burn-down.";
        return [
          await ask("costrict_credits_status", {}),
          await ask("costrict_credits_estimate", { prompt, model: "Kimi-K2-Moonshot" }),
          await ask("costrict_credits_forecast", {}),
        ].map((text) => text.replaceAll("\u00a0", " "));
      });
      assert.ok(said[0].includes(number), said[0]);
      assert.match(said[1], /^10 credits/);
      assert.match(said[1], /GLM-4\.6/);
      assert.match(said[2], /a day on average/);
      assert.equal(await world.chats(), before);
    });

    it("every command of the manifest is there", async () => {
      const missing = await window.inHost(async ({ vscode }) => {
        const { contributes } = vscode.extensions.getExtension("costrict-credit.costrict-credit-vscode").packageJSON;
        const known = new Set(await vscode.commands.getCommands(true));
        return contributes.commands.map(({ command }) => command).filter((command) => !known.has(command));
      });
      assert.deepEqual(missing, []);
    });
  });
}
