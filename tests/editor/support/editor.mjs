// A real VS Code with the packed extension in it, seen through a headless Chromium.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { serverProgram } from "./tools.mjs";

const VSIX = fileURLToPath(new URL("../../../target/package/costrict-credit.vsix", import.meta.url));
const EXTENSION = "costrict-credit.costrict-credit-vscode";
/** How long a condition may take on a machine that is busy with other things. */
export const PATIENCE = 30_000;

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
  #settings;
  /** What no window may ever say: refused policies, script errors of ours. */
  violations = [];
  /** Hosts beside this machine that anything asked for. */
  outside = new Set();

  /** @param options `host` node or web: where the extension runs; `language` of the browser, which is the editor's */
  static async start({ settings = {}, host = "node", language = "en-US" } = {}) {
    const editor = new Editor();
    try {
      await editor.#start(settings, host, language);
    } catch (cause) {
      await editor.stop();
      throw cause;
    }
    return editor;
  }

  async #start(settings, host, language) {
    this.#root = await mkdtemp(join(tmpdir(), "credit-editor-"));
    for (const name of ["folder", "user/User", "extensions", "server", "home", "tmp", "profile"]) {
      await mkdir(join(this.#root, name), { recursive: true });
    }
    await writeFile(join(this.#root, "folder", "prompt.txt"), "Explain burn-down of grants.\n");
    this.#settings = { ...QUIET, ...(host === "web" ? { "remote.extensionKind": { [EXTENSION]: ["web"] } } : {}), ...settings };
    await this.configure({});
    const shared = [
      serverProgram, "--accept-server-license-terms", "--server-data-dir", join(this.#root, "server"),
      "--user-data-dir", join(this.#root, "user"), "--extensions-dir", join(this.#root, "extensions"),
    ];
    const env = this.#environment();
    const cwd = this.#root;
    const installed = spawnSync(process.execPath, [...shared, "--install-extension", VSIX, "--force"], { env, cwd, encoding: "utf8" });
    if (!/successfully installed/.test(installed.stdout)) throw new Error(`${installed.stdout}${installed.stderr}`);
    const address = ["--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--telemetry-level", "off", "--disable-workspace-trust"];
    this.#server = spawn(process.execPath, [...shared, ...address], { env, cwd, detached: true, stdio: ["ignore", "pipe", "ignore"] });
    this.#url = await this.#listening();
    this.browser = await chromium.launchPersistentContext(join(this.#root, "profile"), {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      viewport: { width: 1280, height: 900 },
      locale: language,
      args: BROWSER,
      env,
    });
    this.browser.setDefaultTimeout(PATIENCE);
    await this.browser.route(
      (url) => url.protocol.startsWith("http") && !["127.0.0.1", "localhost"].includes(url.hostname),
      (route) => {
        this.outside.add(new URL(route.request().url()).host);
        return route.abort();
      },
    );
    await this.#mintKey();
  }

  /** Half of the key under which the editor's web client keeps secrets; code-server's wrapper, which is not used here, mints it. */
  async #mintKey() {
    const key = Buffer.alloc(32, 7);
    await this.browser.route("**/mint-key", (route) => route.fulfill({ contentType: "application/octet-stream", body: key }));
  }

  #environment() {
    const strange = /^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|XDG_RUNTIME_DIR$)/;
    const own = Object.entries(process.env).filter(([name]) => !strange.test(name));
    const folders = { HOME: join(this.#root, "home"), TMPDIR: join(this.#root, "tmp") };
    return { ...Object.fromEntries(own), ...folders, EXTENSIONS_GALLERY: "{}" };
  }

  async #listening() {
    for await (const line of createInterface({ input: this.#server.stdout })) {
      const port = /Extension host agent listening on (\d+)/.exec(line)?.[1];
      if (port !== undefined) {
        // Nobody reads on; a full pipe would stop the server.
        this.#server.stdout.resume();
        return `http://127.0.0.1:${port}`;
      }
    }
    throw new Error("the editor's server ended before it listened");
  }

  /** Another window of the same user. */
  async window() {
    const page = await this.browser.newPage();
    page.on("console", (message) => {
      const text = message.text();
      if (/Content Security Policy|TrustedHTML|TrustedScript/i.test(text) && /dist\/panel|credit|style-src|TrustedHTML/i.test(text)) {
        this.violations.push(text);
      }
    });
    await page.goto(`${this.#url}/?folder=${encodeURIComponent(join(this.#root, "folder"))}`);
    return new Window(page);
  }

  /** Writes the user's settings; the editor takes them in at once. */
  async configure(settings) {
    this.#settings = { ...this.#settings, ...settings };
    await writeFile(join(this.#root, "user/User/settings.json"), JSON.stringify(this.#settings));
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

export class Window {
  constructor(page) {
    this.page = page;
    this.statusItem = page.locator(`#${`${EXTENSION}.balance`.replaceAll(".", "\\.")}`);
  }

  /** Waits until the status bar says the text, and nothing else. */
  async statusSays(text) {
    const exact = new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`);
    await this.statusItem.filter({ hasText: exact }).waitFor();
  }

  async command(title) {
    await this.page.keyboard.press("F1");
    const box = this.page.locator(".quick-input-widget input[type=text]").first();
    await box.waitFor();
    await box.fill(`>${title}`);
    await this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: title }).first().waitFor();
    await this.page.keyboard.press("Enter");
  }

  /** Waits for the box that asks for a text, and answers. */
  async answer(text, type = "password") {
    const box = this.page.locator(`.quick-input-widget input[type=${type}]`).first();
    await box.waitFor();
    await box.fill(text);
    await this.page.keyboard.press("Enter");
  }

  async signIn(token) {
    await this.statusItem.click();
    await this.answer(token);
  }

  /** Waits for a modal dialog that says something, and presses its button. */
  async agree(button, says) {
    const dialog = this.page.locator(".monaco-dialog-box", { hasText: says });
    await dialog.locator(".monaco-button", { hasText: new RegExp(`^${button}$`) }).click();
  }

  /** The frame of the panel, once it shows a view. */
  async panel() {
    return this.until("the panel", async () => {
      for (const frame of this.page.frames()) {
        if (!frame.url().includes("/fake.html")) continue;
        if ((await frame.locator("credit-panel .panel").count().catch(() => 0)) > 0) return frame;
      }
      return undefined;
    });
  }

  async openSideBar(title = "CoStrict Credits") {
    await this.page.locator(`.activitybar [aria-label="${title}"]`).first().click();
    return this.panel();
  }

  /** Asks again until there is an answer that is not undefined. */
  async until(what, ask) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
