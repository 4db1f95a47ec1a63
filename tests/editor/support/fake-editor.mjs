// The editor's API as far as the extension uses it, without an editor: for what a real one does not do when it is asked,
// such as a setting that changes within a request, or settings that cannot be written. The core is the real one.
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { EventEmitter, FileSystemError, fakeWebview, MarkdownString, nothing, Uri } from "./fake-values.mjs";

const HOME = fileURLToPath(new URL("../../../vscode/", import.meta.url));
const require = createRequire(import.meta.url);

const title = (words, text) => words[/^%(.+)%$/.exec(text)?.[1]] ?? text;

/** A module as a host would load it, bundled for each editor: an extension keeps things in its modules. */
async function bundled(vscode, entry, host) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "cjs",
    target: "es2022",
    platform: host === "node" ? "node" : "browser",
    external: ["vscode"],
    logLevel: "error",
    logOverride: { "empty-import-meta": "silent" },
  });
  const module = { exports: {} };
  new Function("module", "exports", "require", "__dirname", outputFiles[0].text)(
    module,
    module.exports,
    (name) => (name === "vscode" ? vscode : require(name)),
    dirname(entry),
  );
  return module.exports;
}

/** The manifest in a folder, in English. */
async function manifestOf(home) {
  const words = JSON.parse(await readFile(join(home, "package.nls.json"), "utf8"));
  return JSON.parse(await readFile(join(home, "package.json"), "utf8"), (_key, value) =>
    typeof value === "string" ? title(words, value) : value,
  );
}

export class FakeEditor {
  /** What was said: `{kind, text, detail, actions}` each. */
  messages = [];
  /** What the user does when asked: by "message", "pick", "input", "save", gets what is asked. Nothing: they leave it. */
  user = {};
  /** What the extension's commands were asked to do elsewhere. */
  ran = [];
  /** Names of settings that cannot be written. */
  readOnly = new Set();
  /** Pages that were opened in the browser. */
  opened = [];
  /** What the log says, of all levels. */
  log = [];
  /** Names of calls of the editor that fail, with their causes. */
  failing = new Map();
  files = new Map();
  /** How many watch what is stored: each client does. */
  watchers = 0;
  item = {};
  /** The item of turn and task; undefined until the extension makes one. */
  taskItem;
  /** The input boxes that stay while their text is checked, oldest first. */
  boxes = [];
  /** What the extension registered for the Accounts menu, and the events it fired. */
  accounts = { events: [] };
  contexts = {};
  tools = {};
  folders;
  /** What the names of the extension begin with. */
  prefix = "costrictCredit";
  /** The panels that were opened as editor tabs. */
  tabs = [];
  #language;
  #settings = new Map();
  #workspace = new Map();
  #changed = new EventEmitter();
  #secrets = new Map();
  #secretsChanged = new EventEmitter();
  #memory = new Map();
  #commands = new Map();
  #context;

  /**
   * @param host "web" or "node"; the latter has files and locks of its own, in `folder`
   * @param beside another window of the same user: secrets, memory and files are shared with it
   * @param hearsSecrets false: this window reads its secrets once, as the editor's web client does
   * @param prefix what the names of the extension begin with
   * @param home the extension's folder; `entry` is the module of it that is loaded
   * @param manifest in place of the one in that folder
   * @param options of what embeds the library, for its `activate`
   * @param language of the editor
   * @param lacks parts of the API that this host does not have, as hosts other than the editor
   */
  static async start(
    settings = {},
    {
      host = "web",
      folder,
      beside,
      hearsSecrets = true,
      prefix = "costrictCredit",
      home = HOME,
      entry = `src/${host}.ts`,
      manifest,
      options,
      language = "en",
      lacks = [],
    } = {},
  ) {
    const editor = new FakeEditor();
    editor.prefix = prefix;
    // Of the machine that runs the test, nothing is read or written.
    if (folder !== undefined) process.env.COSTRICT_CREDIT_HOME = folder;
    if (beside !== undefined) {
      editor.files = beside.files;
      editor.#memory = beside.#memory;
      editor.#secrets = hearsSecrets ? beside.#secrets : new Map(beside.#secrets);
      if (hearsSecrets) editor.#secretsChanged = beside.#secretsChanged;
    }
    editor.#language = language;
    const packageJSON = manifest ?? (await manifestOf(home));
    for (const { properties } of [packageJSON.contributes?.configuration ?? []].flat())
      for (const [name, { default: value }] of Object.entries(properties)) editor.#settings.set(name, value);
    for (const [name, value] of Object.entries(settings)) editor.#settings.set(name, value);
    editor.#context = {
      subscriptions: [],
      extension: { id: `${packageJSON.publisher}.${packageJSON.name}`, packageJSON },
      extensionUri: Uri.file(home),
      globalStorageUri: folder === undefined ? new Uri("memory:///storage") : Uri.file(folder),
      globalState: {
        get: (name) => editor.#memory.get(name),
        update: async (name, value) => void editor.#memory.set(name, value),
      },
      secrets: {
        get: async (name) => editor.#secrets.get(name),
        store: async (name, value) => {
          editor.#secrets.set(name, value);
          editor.#secretsChanged.fire({ key: name });
        },
        onDidChange: editor.#secretsChanged.event,
      },
    };
    const vscode = editor.#vscode();
    for (const name of lacks) {
      const path = name.split(".");
      const last = path.pop();
      delete path.reduce((part, key) => part[key], vscode)[last];
    }
    editor.module = await bundled(vscode, join(home, entry), host);
    editor.api = editor.module.activate(editor.#context, options);
    return editor;
  }

  stop() {
    for (const one of this.#context.subscriptions) one.dispose();
  }

  command(name) {
    return this.#commands.get(`${this.prefix}.${name}`)();
  }

  signIn(token, renewal) {
    return this.#context.secrets.store(`${this.prefix}.token`, JSON.stringify({ token, renewal, mark: "test" }));
  }

  /** Puts a secret there without an event. */
  keepSecret(kept) {
    this.#secrets.set(`${this.prefix}.token`, JSON.stringify(kept));
  }

  /** What the secret storage holds. */
  get token() {
    return JSON.parse(this.#secrets.get(`${this.prefix}.token`) ?? "{}").token;
  }

  /** What settings and the extension's memory hold. */
  get kept() {
    return { settings: [...this.#settings, ...this.#workspace], memory: [...this.#memory] };
  }

  configure(values) {
    for (const [name, value] of Object.entries(values)) this.#settings.set(`${this.prefix}.${name}`, value);
    const names = Object.keys(values).map((name) => `${this.prefix}.${name}`);
    this.#changed.fire({
      affectsConfiguration: (part) => names.some((name) => name === part || name.startsWith(`${part}.`)),
    });
  }

  setInWorkspace(name, value) {
    this.#workspace.set(`${this.prefix}.${name}`, value);
  }

  setting(name) {
    const full = `${this.prefix}.${name}`;
    return this.#workspace.has(full) ? this.#workspace.get(full) : this.#settings.get(full);
  }

  #read(name) {
    if (this.#settings.has(`${this.prefix}.${name}`)) return this.setting(name);
    const inside = [...this.#settings].filter(([full]) => full.startsWith(`${this.prefix}.${name}.`));
    return inside.length === 0
      ? undefined
      : Object.fromEntries(inside.map(([full, value]) => [full.split(".").at(-1), value]));
  }

  async #update(name, value, target) {
    if (this.readOnly.has(name)) throw new Error("Unable to write into user settings.");
    if (target === 2) this.#workspace.set(`${this.prefix}.${name}`, value);
    else this.configure({ [name]: value });
  }

  #say =
    (kind) =>
    async (text, ...rest) => {
      const [{ modal, detail } = {}, ...actions] = typeof rest[0] === "object" ? rest : [undefined, ...rest];
      const asked = { kind, text, modal, detail, actions };
      this.messages.push(asked);
      return this.user.message?.(asked);
    };

  /** The user enters what `user.input` answers, once; a test goes on by `type` and `enter`. Nothing: they leave it. */
  #inputBox() {
    const [changed, accepted, hidden] = [new EventEmitter(), new EventEmitter(), new EventEmitter()];
    const box = {
      value: "",
      busy: false,
      enabled: true,
      onDidChangeValue: changed.event,
      onDidAccept: accepted.event,
      onDidHide: hidden.event,
      type: (text) => changed.fire((box.value = text)),
      enter: () => accepted.fire(),
      hide: () => hidden.fire(),
      dispose: () => (box.isDisposed = true),
      show: async () => {
        this.boxes.push(box);
        const text = await this.user.input?.(box);
        if (text === undefined) return hidden.fire();
        box.type(text);
        box.enter();
      },
    };
    return box;
  }

  #window() {
    return {
      state: { active: true, focused: true },
      onDidChangeWindowState: () => nothing,
      createStatusBarItem: (id) => {
        const item = id === "task" ? (this.taskItem = {}) : this.item;
        return Object.assign(item, { show: () => (item.shown = true), hide: () => (item.shown = false), dispose() {} });
      },
      createOutputChannel: () => {
        const write = (text) => void this.log.push(text);
        return { debug: write, info: write, warn: write, error: write, show() {}, dispose() {} };
      },
      showInformationMessage: this.#say("info"),
      showWarningMessage: this.#say("warning"),
      showErrorMessage: this.#say("error"),
      showQuickPick: async (items, options) => this.user.pick?.(await items, options),
      showInputBox: async (options) => this.user.input?.(options),
      createInputBox: () => this.#inputBox(),
      showSaveDialog: async (options) => this.user.save?.(options),
      showTextDocument: async (document) => (this.document = document),
      withProgress: async (options, work) => {
        const stop = new EventEmitter();
        this.progress = { ...options, cancel: () => stop.fire() };
        return work({}, { onCancellationRequested: stop.event });
      },
      createWebviewPanel: (type, title) => {
        const tab = { type, title, visible: true, webview: fakeWebview(), reveal: () => (tab.revealed = true) };
        const quiet = () => nothing;
        Object.assign(tab, { onDidChangeViewState: quiet, onDidDispose: quiet });
        this.tabs.push(tab);
        return tab;
      },
      registerWebviewViewProvider: (_name, provider) => ((this.view = provider), nothing),
      registerWebviewPanelSerializer: () => nothing,
      registerUriHandler: (handler) => ((this.uris = handler), nothing),
    };
  }

  #workspaceApi() {
    return {
      getConfiguration: (section) => ({
        get: (name, fallback) => this.#read(name) ?? (this.#read(name) === undefined ? fallback : null),
        inspect: (name) => ({
          globalValue: this.#settings.get(`${section}.${name}`),
          workspaceValue: this.#workspace.get(`${section}.${name}`),
        }),
        update: (name, value, target) => this.#update(name, value, target),
      }),
      onDidChangeConfiguration: this.#changed.event,
      workspaceFolders: this.folders,
      createFileSystemWatcher: () => {
        if (this.failing.has("watch")) throw this.failing.get("watch");
        this.watchers += 1;
        const quiet = () => nothing;
        return { onDidChange: quiet, onDidCreate: quiet, onDidDelete: quiet, dispose: () => (this.watchers -= 1) };
      },
      openTextDocument: async ({ content }) => content,
      fs: {
        readFile: async (uri) => {
          if (uri.scheme === "file") return readFile(uri.path);
          if (!this.files.has(uri.path)) throw new FileSystemError("FileNotFound");
          return this.files.get(uri.path);
        },
        writeFile: async (uri, bytes) => {
          if (uri.scheme === "locked") throw new FileSystemError("NoPermissions");
          this.files.set(uri.path, bytes);
        },
        delete: async (uri) => void this.files.delete(uri.path),
        rename: async (from, to) => {
          this.files.set(to.path, this.files.get(from.path));
          this.files.delete(from.path);
        },
        createDirectory: async () => {},
        readDirectory: async (uri) =>
          [...this.files.keys()]
            .filter((path) => path.startsWith(`${uri.path}/`))
            .map((path) => [path.slice(uri.path.length + 1), 1]),
        stat: async (uri) => {
          if (uri.scheme === "file") return stat(uri.path);
          return { mtime: 0, size: this.files.get(uri.path).length };
        },
      },
    };
  }

  #vscode() {
    return {
      Uri,
      EventEmitter,
      FileSystemError,
      MarkdownString,
      RelativePattern: class {},
      ThemeColor: class {
        constructor(id) {
          this.id = id;
        }
      },
      CancellationError: class extends Error {
        message = "cancelled";
      },
      LanguageModelTextPart: class {
        constructor(value) {
          this.value = value;
        }
      },
      LanguageModelToolResult: class {
        constructor(content) {
          this.content = content;
        }
      },
      InputBoxValidationSeverity: { Info: 1, Warning: 2, Error: 3 },
      StatusBarAlignment: { Right: 2 },
      ProgressLocation: { Window: 10, Notification: 15 },
      ConfigurationTarget: { Global: 1, Workspace: 2 },
      ViewColumn: { Active: -1 },
      version: "1.95.0",
      window: this.#window(),
      workspace: this.#workspaceApi(),
      commands: {
        registerCommand: (name, run) => (this.#commands.set(name, run), nothing),
        executeCommand: async (name, ...values) => {
          this.ran.push([name, ...values]);
          if (name === "setContext") this.contexts[values[0]] = values[1];
        },
      },
      authentication: {
        registerAuthenticationProvider: (id, label, provider, options) => {
          Object.assign(this.accounts, { id, label, provider, options });
          provider.onDidChangeSessions((event) => this.accounts.events.push(event));
          return nothing;
        },
      },
      lm: { registerTool: (name, tool) => ((this.tools[name] = tool), nothing) },
      l10n: { t: (text, ...values) => text.replace(/\{(\d)\}/g, (_all, at) => values[at]) },
      env: {
        language: this.#language,
        uriScheme: "vscode",
        clipboard: {
          readText: async () => "",
          writeText: async (text) => {
            if (this.failing.has("clipboard")) throw this.failing.get("clipboard");
            this.copied = text;
          },
        },
        openExternal: async (address) => {
          this.opened.push(String(address));
          if (this.failing.has("open")) throw this.failing.get("open");
          return true;
        },
        asExternalUri: async (uri) => uri,
      },
    };
  }
}

export { Uri };
