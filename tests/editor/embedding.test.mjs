// Another extension that embeds the library: with nothing in its manifest, in hosts that lack parts of the API, with a sign-in
// of its own, under names of its own.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { serve, token } from "../package/server.mjs";
import { FakeEditor, Uri } from "./support/fake-editor.mjs";
import { until } from "./support/until.mjs";

const HOME = fileURLToPath(new URL("embedder/", import.meta.url));
const ASSETS = fileURLToPath(new URL("../../pkg/vscode/dist/assets", import.meta.url));
const BARE = { name: "embedder", publisher: "credit-tests", displayName: "Embedder", version: "1.0.0" };
const DRAFT = { model: "GLM-4.6", identity: "user" };
const OURS = { models: ["GLM-4.6"], discount: 0.25, name: "Ours" };
/** What the host of extensions in other products does not have. */
const ELSEWHERE = ["lm", "authentication", "window.registerUriHandler", "window.registerWebviewPanelSerializer"];

const isOurs = (client) => client.estimate(DRAFT).discounts.some(({ name }) => name === OURS.name);

describe("an extension that embeds the library", () => {
  let server, other, editor;
  const unhandled = [];
  const note = (cause) => unhandled.push(cause);

  before(async () => {
    [server, other] = [await serve(), await serve()];
    process.on("unhandledRejection", note);
  });
  after(async () => {
    process.off("unhandledRejection", note);
    await Promise.all([server.close(), other.close()]);
  });
  afterEach(() => {
    editor?.stop();
    editor = undefined;
    assert.deepEqual(unhandled.splice(0), []);
  });

  const start = async (options = {}, { manifest = BARE, ...more } = {}) => {
    editor = await FakeEditor.start(
      {},
      {
        prefix: "embedder",
        home: HOME,
        entry: "extension.mjs",
        manifest,
        options: {
          prefix: "embedder",
          assets: Uri.file(ASSETS),
          notices: false,
          ...options,
          settings: { baseUrl: server.base, ...options.settings },
        },
        ...more,
      },
    );
    return editor.api;
  };
  const statusShows = (text) => until(text, () => ((editor.item.text ?? "").includes(text) ? true : undefined));
  /** The page's end of a connection to a panel. */
  const pagePort = () => {
    const page = { views: [], canSend: undefined };
    page.port = {
      post: (message) => {
        if (message.type === "view") {
          page.views.push(message.view);
          page.canSend = message.canSend;
        }
      },
      listen: (listener) => {
        page.send = listener;
        return () => {};
      },
    };
    page.section = (kind) => page.views.at(-1)?.sections.find((section) => section.kind === kind);
    page.ready = (more = {}) =>
      page.send({
        type: "ready",
        version: 1,
        choices: {},
        activity: { visible: true, focused: true, online: true },
        ...more,
      });
    return page;
  };

  for (const host of ["web", "node"]) {
    it(`shows the balance with nothing in the manifest, in the ${host} host`, async () => {
      const handle = await start({}, { host });
      await statusShows("$(credit-card)");
      assert.equal(editor.item.command, "embedder.signIn");
      assert.equal(handle.account, undefined);
      await editor.signIn(token());
      await statusShows("41.5");
      assert.equal(editor.item.command, "embedder.showAccount");
      assert.equal(handle.account.balance.available, 41.5);
      assert.equal(editor.accounts.provider, undefined);
      assert.deepEqual(editor.tools, {});
      await editor.command("showAccount");
      assert.deepEqual(
        editor.tabs.map(({ type, title }) => [type, title]),
        [["embedder.panel", "Embedder"]],
      );
      assert.match(editor.tabs[0].webview.html, /panel\/index\.js/);
    });
  }

  it("is ready when the account of a signed-in user is open, and also where there is none", async () => {
    let handle = await start();
    await handle.ready;
    assert.equal(handle.account, undefined);
    const first = editor;
    await first.signIn(token());
    await statusShows("41.5");
    handle = await start({}, { beside: first });
    await handle.ready;
    assert.equal(handle.account.state, "known");
    first.stop();
  });

  it("keeps what the user chooses, where the manifest has no setting for it", async () => {
    await start();
    const first = editor;
    await first.signIn(token());
    await statusShows("41.5");
    await first.command("toggleMask");
    await until("a masked balance", () => (first.item.text.includes("41.5") ? undefined : true));
    await start({}, { beside: first });
    await until("a masked balance", () => (/\*|•/.test(editor.item.text ?? "") ? true : undefined));
    first.stop();
  });

  it("reads the settings that the manifest declares, and no others", async () => {
    const manifest = {
      ...BARE,
      contributes: {
        configuration: {
          properties: { "embedder.baseUrl": { default: other.base }, "embedder.statusBar": { default: "icon" } },
        },
      },
    };
    const handle = await start({ settings: { statusBar: "text" } }, { manifest });
    await editor.signIn(token());
    await handle.refresh("manual");
    assert.equal(editor.item.text, "$(credit-card)");
    assert.ok(other.paths.length > 0);
    editor.configure({ statusBar: "text" });
    await statusShows("41.5");
  });

  it("takes new budgets, thresholds and promotions by a call, and keeps its client, its holds and its watchers", async () => {
    const handle = await start();
    await editor.signIn(token());
    await statusShows("41.5");
    const client = await handle.client();
    const seen = [];
    client.watch(({ balance }) => seen.push(balance.pending));
    const replaced = [];
    handle.onDidReplace(() => replaced.push(true));
    const page = pagePort();
    const link = await handle.panel.connect(page.port);
    page.ready();
    await until("a view", () => page.section("balance"));
    const draft = { ...DRAFT, taskId: "task" };
    const spend = client.begin(draft);
    assert.equal(spend.decision, "go");
    const { pending } = client.account().balance;
    assert.ok(pending > 0);
    for (const options of [
      { budget: { perTask: { stop: 0.5 } } },
      { usageThresholds: [0.9], expiryThresholds: [3_600_000] },
      { promotions: [OURS] },
    ]) {
      const watched = seen.length;
      handle.configure(options);
      assert.equal(await handle.client(), client);
      await until("watchers", () => (seen.length > watched ? true : undefined));
    }
    assert.equal(client.account().balance.pending, pending);
    assert.equal(client.begin(draft).decision, "stop");
    assert.ok(isOurs(client));
    handle.configure({ budget: {} });
    assert.equal(client.settle(spend.id, { kind: "charged" }), true);
    const views = page.views.length;
    assert.notEqual(client.begin(draft).decision, "stop");
    await until("another view", () => (page.views.length > views ? true : undefined));
    assert.deepEqual(replaced, []);
    link.dispose();
  });

  it("takes promotions back to those of the core", async () => {
    const handle = await start({ settings: { promotions: [OURS] } });
    await editor.signIn(token());
    await statusShows("41.5");
    assert.ok(isOurs(await handle.client()));
    handle.configure({ promotions: undefined });
    assert.ok(!isOurs(await handle.client()));
  });

  it("takes another server by a call", async () => {
    const tokens = { get: () => token(), onDidChange: () => ({ dispose() {} }), signIn() {} };
    const handle = await start({ tokens });
    await statusShows("41.5");
    const before = other.paths.length;
    handle.configure({ baseUrl: other.base });
    await until("a request to the other server", () => (other.paths.length > before ? true : undefined));
    await statusShows("41.5");
  });

  it("works in a host that has neither tools nor accounts, and there the panel is complete", async () => {
    const contributes = {
      authentication: [{ id: "embedder", label: "CoStrict" }],
      languageModelTools: [{ name: "costrict_credits_status" }],
    };
    const handle = await start({}, { manifest: { ...BARE, contributes }, host: "node", lacks: ELSEWHERE });
    await editor.signIn(token());
    const page = pagePort();
    const link = await handle.panel.connect(page.port);
    page.ready({ choices: { tab: "send", draft: { text: "Explain burn-down.", model: "GLM-4.6" } } });
    await until("an estimate", () => page.section("send")?.estimate);
    assert.ok(page.section("balance"));
    assert.equal(page.canSend, undefined);
    link.dispose();
  });

  it("hands what is sent in the panel to the extension", async () => {
    const sent = [];
    const handle = await start({ onSend: async (prompt) => sent.push(prompt) > 0 });
    await editor.signIn(token());
    const page = pagePort();
    const link = await handle.panel.connect(page.port);
    page.ready();
    await until("a send button", () => page.canSend);
    page.send({ type: "send", text: "Explain burn-down.", model: "GLM-4.6" });
    await until("a prompt", () => sent[0]);
    assert.deepEqual(sent[0], { text: "Explain burn-down.", model: "GLM-4.6" });
    link.dispose();
  });

  it("has its own sign-in instead of the library's", async () => {
    let [current, heard, removed, started] = [undefined, new Set(), 0, 0];
    const tokens = {
      get: async (asked) => (asked === server.base ? current : undefined),
      onDidChange: (hear) => {
        heard.add(hear);
        return { dispose: () => heard.delete(hear) };
      },
      remove: async () => void (removed += 1),
      signIn: () => (started += 1),
    };
    const contributes = { authentication: [{ id: "embedder", label: "CoStrict" }] };
    await start({ tokens }, { manifest: { ...BARE, contributes }, host: "node" });
    await statusShows("$(credit-card)");
    await editor.command("signIn");
    assert.equal(started, 1);
    current = token();
    for (const hear of heard) hear();
    await statusShows("41.5");
    assert.deepEqual([editor.accounts.provider, editor.uris, editor.token], [undefined, undefined, undefined]);
    await editor.command("signOut");
    assert.equal(removed, 1);
  });

  it("speaks the editor's language also where the manifest has no titles", async () => {
    await start({}, { language: "zh-cn" });
    await until("a tooltip", () => editor.item.tooltip);
    assert.equal(editor.item.tooltip, "登录 CoStrict 积分");
  });

  it("says what to copy where its files are missing", async () => {
    const handle = await start({ assets: undefined });
    await assert.rejects(
      handle.client(),
      /copy node_modules\/costrict-credit\/vscode\/dist\/assets to dist\/costrict-credit/,
    );
  });

  it("runs commands of its own as the library's are run", async () => {
    const manifest = { ...BARE, contributes: { commands: [{ command: "embedder.own", title: "Own" }] } };
    await start({ commands: { own: () => Promise.reject(new Error("not today")) } }, { manifest });
    await editor.command("own");
    assert.deepEqual(
      editor.messages.map(({ kind, text }) => [kind, text]),
      [["error", "Own: not today"]],
    );
  });

  it("leaves nothing behind when it is disposed", async () => {
    const handle = await start();
    await editor.signIn(token());
    await statusShows("41.5");
    const client = await handle.client();
    editor.stop();
    await until("a freed client", () => {
      try {
        client.account();
      } catch (cause) {
        return cause.code;
      }
    });
    assert.equal(editor.watchers, 0);
    editor = undefined;
  });
});
