// A real VS Code with the packed extension in it, seen through a headless Chromium.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { chromium } from "playwright-core";

import { serverProgram } from "./tools.mjs";
import { PATIENCE, until } from "./until.mjs";
import { Window } from "./window.mjs";

const VSIX = fileURLToPath(new URL("../../../target/package/costrict-credit.vsix", import.meta.url));
const TEST_EXTENSION = fileURLToPath(new URL("../test-extension/", import.meta.url));

const QUIET = {
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "chat.commandCenter.enabled": false,
  "chat.disableAIFeatures": true,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
  "git.enabled": false,
  "github.gitAuthentication": false,
  "window.confirmBeforeClose": "never",
  "files.simpleDialog.enable": true,
};

const BROWSER = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class Editor {
  #root;
  #server;
  #url;
  #people = new Map();
  #hosts = new Set();
  /** The windows that are open. */
  windows = [];
  /** What no window may ever say: refused policies, script errors of ours. */
  violations = [];
  /** Hosts beside this machine that anything asked for. */
  outside = new Set();

  /** @param bare without the extension under test */
  static async start(settings = {}, { bare = false } = {}) {
    const editor = new Editor();
    try {
      await editor.#start(settings, bare);
    } catch (cause) {
      await editor.stop();
      throw cause;
    }
    return editor;
  }

  async #start(settings, bare) {
    this.#root = await mkdtemp(join(tmpdir(), "credit-editor-"));
    for (const name of ["folder", "user/User", "extensions", "server", "home", "tmp", "hosts"]) {
      await mkdir(join(this.#root, name), { recursive: true });
    }
    await writeFile(join(this.#root, "folder", "prompt.txt"), "Explain burn-down of grants.\n");
    await writeFile(this.path("user/User/settings.json"), JSON.stringify({ ...QUIET, ...settings }));
    const shared = [
      serverProgram,
      "--accept-server-license-terms",
      "--server-data-dir",
      join(this.#root, "server"),
      "--user-data-dir",
      join(this.#root, "user"),
      "--extensions-dir",
      join(this.#root, "extensions"),
    ];
    const env = this.#environment();
    const cwd = this.#root;
    if (!bare) {
      const installed = spawnSync(process.execPath, [...shared, "--install-extension", VSIX, "--force"], {
        env,
        cwd,
        encoding: "utf8",
      });
      if (!/successfully installed/.test(installed.stdout)) throw new Error(`${installed.stdout}${installed.stderr}`);
    }
    await this.#addTestExtension();
    const address = [
      "--host",
      "127.0.0.1",
      "--port",
      "0",
      "--without-connection-token",
      "--telemetry-level",
      "off",
      "--disable-workspace-trust",
    ];
    this.#server = spawn(process.execPath, [...shared, ...address], {
      env,
      cwd,
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    [this.#url, this.browser] = await Promise.all([
      this.#listening(),
      chromium.launch({ executablePath, headless: true, args: BROWSER, env }),
    ]);
  }

  async #addTestExtension() {
    const { outputFiles } = await build({
      entryPoints: [join(TEST_EXTENSION, "extension.mjs")],
      write: false,
      bundle: true,
      format: "cjs",
      platform: "node",
      external: ["vscode"],
      define: { __HOSTS__: JSON.stringify(this.path("hosts")) },
      logLevel: "error",
    });
    await this.add(JSON.parse(await readFile(join(TEST_EXTENSION, "package.json"), "utf8")), outputFiles[0].text);
  }

  /** Another extension beside the one under test, in the windows that are opened from now on. */
  async add(manifest, code) {
    const { name, publisher, version } = manifest;
    const folder = this.path("extensions", name);
    await mkdir(folder);
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await writeFile(join(folder, manifest.main), code);
    const list = this.path("extensions/extensions.json");
    const installed = JSON.parse(await readFile(list, "utf8").catch(() => "[]"));
    const location = { $mid: 1, path: folder, scheme: "file" };
    installed.push({ identifier: { id: `${publisher}.${name}` }, version, location, relativeLocation: name });
    await writeFile(list, JSON.stringify(installed));
  }

  /** The address of the test extension in the window that was opened last. */
  #host() {
    return until(
      "the extension host",
      async () => {
        const name = (await readdir(this.path("hosts"))).find((candidate) => !this.#hosts.has(candidate));
        const address = name === undefined ? "" : await readFile(this.path("hosts", name), "utf8");
        if (address === "") return undefined;
        this.#hosts.add(name);
        return address;
      },
      3 * PATIENCE,
    );
  }

  /** The browser of one person: its secrets are shared by the windows of this person only. */
  async #person(name, language) {
    if (this.#people.has(name)) return this.#people.get(name);
    const person = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, locale: language });
    person.setDefaultTimeout(PATIENCE);
    await person.grantPermissions(["clipboard-read", "clipboard-write"]);
    await person.route(
      (url) => url.protocol.startsWith("http") && !/^(127\.[\d.]+|localhost)$/.test(url.hostname),
      (route) => {
        this.outside.add(new URL(route.request().url()).host);
        return route.abort();
      },
    );
    // Half of the key under which the editor's web client keeps secrets; code-server's wrapper, which is not used here, mints it.
    const key = Buffer.alloc(32, 7);
    await person.route("**/mint-key", (route) => route.fulfill({ contentType: "application/octet-stream", body: key }));
    this.#people.set(name, person);
    return person;
  }

  #environment() {
    const strange =
      /^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|XDG_RUNTIME_DIR$|XDG_STATE_HOME$|COSTRICT_)|_proxy$/i;
    const own = Object.entries(process.env).filter(([name]) => !strange.test(name));
    const folders = { HOME: join(this.#root, "home"), TMPDIR: join(this.#root, "tmp") };
    return { ...Object.fromEntries(own), ...folders, EXTENSIONS_GALLERY: "{}" };
  }

  async #listening() {
    for await (const line of createInterface({ input: this.#server.stdout })) {
      const port = /Extension host agent listening on (\d+)/.exec(line)?.[1];
      if (port !== undefined) {
        // Unread output would fill the pipe and stop the server.
        this.#server.stdout.resume();
        return `http://127.0.0.1:${port}`;
      }
    }
    throw new Error("the editor's server ended before it listened");
  }

  /**
   * Another window.
   * @param person whose: windows of one person share secrets
   * @param language of a new person's browser and of the editor
   * @param prepare called with the page before it loads
   */
  async window({ person = "ann", language = "en-US", prepare } = {}) {
    // Hosts of windows that never opened are orphans.
    for (const name of await readdir(this.path("hosts"))) this.#hosts.add(name);
    const page = await (await this.#person(person, language)).newPage();
    page.on("console", (message) => {
      const text = message.text();
      if (
        /Content Security Policy|TrustedHTML|TrustedScript/i.test(text) &&
        /dist\/panel|credit|style-src|TrustedHTML/i.test(text)
      ) {
        this.violations.push(text);
      }
    });
    if (!language.startsWith("en")) {
      // The editor's own texts as a language pack would set them; no pack is installed here.
      await page.addInitScript((name) => (globalThis._VSCODE_NLS_LANGUAGE = name), language.toLowerCase());
    }
    await prepare?.(page);
    try {
      await page.goto(`${this.#url}/?folder=${encodeURIComponent(this.path("folder"))}`);
      const window = new Window(page, await this.#host());
      this.windows.push(window);
      page.on("close", () => this.windows.splice(this.windows.indexOf(window), 1));
      return window;
    } catch (cause) {
      await page.close();
      throw cause;
    }
  }

  /** A file or folder of the editor, for what a test puts there. */
  path(...names) {
    return join(this.#root, ...names);
  }

  /** Where the account is stored, for windows and other programs. */
  get storage() {
    return this.path("home/.local/state/costrict-credit/account");
  }

  /** The text of every file that editor and extension left on the disk: storage, logs, settings. */
  async *filesLeft(...folders) {
    for (const folder of folders) {
      for (const entry of await readdir(join(this.#root, folder), { withFileTypes: true, recursive: true })) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath ?? entry.path, entry.name);
        // A lock or a fresh value may be gone again by now; a file of any other kind must be readable.
        const text = await readFile(path, "latin1").catch((cause) => {
          if (cause.code !== "ENOENT") throw cause;
        });
        if (text !== undefined) yield { path, text };
      }
    }
  }

  async stop() {
    await this.browser?.close().catch(() => {});
    if (this.#server !== undefined && this.#server.exitCode === null && this.#server.signalCode === null) {
      const gone = once(this.#server, "exit");
      // Its own process group: the extension hosts end with it, and nothing else.
      process.kill(-this.#server.pid, "SIGTERM");
      const forced = setTimeout(() => process.kill(-this.#server.pid, "SIGKILL"), 8_000);
      await gone;
      clearTimeout(forced);
    }
    if (this.#root !== undefined) await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }
}
