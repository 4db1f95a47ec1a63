/**
 * The core in this window: loaded on first use, configured when a setting changes, replaced when the server changes, refreshed
 * by its schedule. Everything that shows credits gets the client and its change events here.
 */

import {
  type Account,
  type Activity,
  CreditClient,
  CreditError,
  type Host,
  load,
  type RefreshTrigger,
  type ViewOptions,
} from "costrict-credit";
import {
  hostStorage,
  loadCatalogue,
  type Reader,
  RefreshScheduler,
  type SharedStore,
  type WindowActivity,
} from "costrict-credit/panel-session";
import { type Disposable, EventEmitter, type Uri, window } from "vscode";

import type { Assets } from "./assets.js";
import type { Contributions } from "./contributions.js";
import type { Log } from "./log.js";
import type { Settings, SettingsChange } from "./settings.js";
import type { Tokens } from "./tokens.js";

/** The task that the extension works on. */
export interface CurrentTask {
  /** As in `Draft.task`. */
  id: string;
  title?: string;
  project?: string;
}

/** What a window's client is made of. */
export interface CreditsParts {
  readonly contributions: Contributions;
  readonly settings: Settings;
  readonly tokens: Tokens;
  readonly store: SharedStore;
  readonly assets: Assets;
  readonly log: Log;
}

interface RunningClient {
  client: CreditClient;
  scheduler: RefreshScheduler;
  /** The window with its status bar, for the scheduler. */
  window: WindowActivity;
  stop: () => void;
  /** What is under way and needs this client to its end. */
  uses: Set<Promise<unknown>>;
}

export class Credits implements Disposable {
  readonly contributions: Contributions;
  readonly settings: Settings;
  readonly #assets: Assets;
  readonly #tokens: Tokens;
  readonly #store: SharedStore;
  readonly #log: Log;
  readonly #changed = new EventEmitter<Account>();
  readonly #replaced = new EventEmitter<void>();
  readonly #restyled = new EventEmitter<void>();
  readonly #failed = new EventEmitter<unknown>();
  readonly #disposables: Disposable[];
  #running: Promise<RunningClient> | undefined;
  #ready: RunningClient | undefined;
  /** The last change that the client was to take while it lives. */
  #configured: Promise<Account> | undefined;
  #rejection: CreditError | undefined;
  #reader: Reader = {};
  #task: CurrentTask | undefined;

  /** The account changed. */
  readonly onDidChange = this.#changed.event;
  /** The previous client was freed: get the new one. */
  readonly onDidReplace = this.#replaced.event;
  /** The presentation changed, not the account. */
  readonly onDidRestyle = this.#restyled.event;
  /** The client could not be created: a setting is invalid, or files of the extension are missing. */
  readonly onDidFail = this.#failed.event;

  constructor({ contributions, settings, tokens, store, assets, log }: CreditsParts) {
    this.contributions = contributions;
    this.settings = settings;
    this.#assets = assets;
    this.#tokens = tokens;
    this.#store = store;
    this.#log = log;
    this.#disposables = [
      this.#changed,
      this.#replaced,
      this.#restyled,
      this.#failed,
      tokens.onDidChange(() => void this.#tokenChanged()),
      settings.onDidChange((change) => void this.#settingsChanged(change)),
      window.onDidChangeWindowState(() => this.#updateActivity(this.#ready)),
    ];
  }

  /** Rejects with a CreditError when a setting is wrong; the next call after it was put right succeeds. */
  async client(): Promise<CreditClient> {
    return (await this.#start()).client;
  }

  /** Work that would lose what it brings with its client: that one stays until the work is done. */
  async withClient<T>(work: (client: CreditClient) => Promise<T>): Promise<T> {
    const { client, uses } = await this.#start();
    const done = work(client);
    uses.add(done);
    try {
      return await done;
    } finally {
      uses.delete(done);
    }
  }

  /** The client, if something needed it before. */
  get loaded(): CreditClient | undefined {
    return this.#ready?.client;
  }

  /** Why the client goes on with the options that it had before the last change. */
  get rejection(): CreditError | undefined {
    return this.#rejection;
  }

  get view(): ViewOptions {
    const { timeZone } = this.#reader;
    return {
      locale: this.settings.locale,
      masked: this.settings.masked,
      ...(timeZone === undefined ? {} : { timeZone }),
    };
  }

  /** Where the reader is: this host may run on a machine in another zone. Known from the first panel on. */
  set reader(reader: Reader) {
    if (reader.timeZone === undefined || reader.timeZone === this.#reader.timeZone) return;
    this.#reader = reader;
    this.#restyled.fire();
  }

  /** The task that status bar and tools are about; undefined between tasks. */
  get task(): CurrentTask | undefined {
    return this.#task;
  }

  set task(task: CurrentTask | undefined) {
    this.#task = task;
    this.#restyled.fire();
  }

  /** Where requests go; undefined while the setting is no address. */
  get server(): string | undefined {
    return this.settings.server;
  }

  isSignedIn(): Promise<boolean> {
    return this.token(this.server).then((token) => token !== undefined);
  }

  /** For one request to this server, and no other. */
  async token(server: string | undefined): Promise<string | undefined> {
    return this.#tokens.get(server);
  }

  async refresh(trigger: RefreshTrigger): Promise<void> {
    await (await this.#start()).scheduler.refresh(trigger);
  }

  /** A request has ended: reads the balance when the server can know of it. */
  recordTurnEnd(): void {
    this.#ready?.scheduler.recordTurnEnd();
  }

  log(level: "warn" | "error", message: string): void {
    this.#log.write(level, message);
  }

  /** Something went wrong that no caller waits for. */
  logFailure(what: string, cause: unknown): void {
    this.#log.failed(what, cause);
  }

  /** Forgets what is stored of the account, then the token itself. */
  async signOut(): Promise<void> {
    try {
      await (await this.client()).forget();
    } finally {
      await this.#tokens.remove?.();
    }
  }

  dispose(): void {
    this.#end();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** The text of a catalogue of the package; absent where there is none. */
  readCatalogue(name: string): Promise<string | undefined> {
    return this.#assets.catalogue(name);
  }

  /** The folder with the page of the panel. */
  panelFolder(): Promise<Uri> {
    return this.#assets.panel();
  }

  #start(): Promise<RunningClient> {
    if (this.#running !== undefined) return this.#running;
    const making: Promise<RunningClient> = this.#createClient().then(
      (made) => {
        if (this.#running === making) return this.#publish(made);
        // A setting changed while it was made: it is not the client of now.
        made.stop();
        if (this.#running === undefined) throw new Error("The extension has ended.");
        return this.#running;
      },
      (cause: unknown) => {
        if (this.#running === making) this.#running = undefined;
        throw cause;
      },
    );
    this.#running = making;
    return making;
  }

  #publish(running: RunningClient): RunningClient {
    this.#ready = running;
    this.#changed.fire(running.client.account());
    this.#updateActivity(running);
    return running;
  }

  /** Passes the window's state to the scheduler. */
  #updateActivity(running: RunningClient | undefined): void {
    running?.window.set(activity()).catch((cause: unknown) => this.#log.failed("refreshing", cause));
  }

  async #createClient(): Promise<RunningClient> {
    const client = await this.createClient(this.#host());
    await client.open();
    const notify = () => this.#changed.fire(client.account());
    const scheduler = RefreshScheduler.of(client);
    const activity = scheduler.addWindow();
    const stops = [
      () => activity.remove(),
      scheduler.onRefreshed(notify),
      client.watch((account) => this.#changed.fire(account)),
      // A charge may become known, or be corrected, without a change of the balance.
      client.watchCharges(notify),
      this.#store.watch(
        () => void client.open().then(notify, (cause: unknown) => this.#log.failed("reading the storage", cause)),
      ),
    ];
    const uses = new Set<Promise<unknown>>();
    const stop = () => {
      for (const stop of stops) stop();
      if (uses.size === 0) client.free();
      else void Promise.allSettled(uses).then(() => client.free());
    };
    return { client, scheduler, window: activity, stop, uses };
  }

  #host(): Host {
    const [store, server] = [this.#store, this.server];
    return {
      // For the server of this client, even after the setting changed.
      token: async () => this.#tokens.get(server),
      ...hostStorage(store),
      log: (level, message) => this.#log.write(level, message),
    };
  }

  /** A client beside the one of this window, for this server, with texts in the user's language. Its caller frees it. */
  async createClient(host: Host): Promise<CreditClient> {
    await load(await this.#assets.core());
    const client = new CreditClient(host, this.settings.client);
    await this.#loadCatalogue(client);
    return client;
  }

  #loadCatalogue(client: CreditClient): Promise<void> {
    return loadCatalogue(client, this.settings.locale, (name) => this.readCatalogue(name));
  }

  async #tokenChanged(): Promise<void> {
    try {
      if (this.#ready === undefined) {
        if (await this.isSignedIn()) await this.#start();
        return;
      }
      const { client } = this.#ready;
      await client.open();
      this.#changed.fire(client.account());
      await this.#ready?.scheduler.refreshUntilChanged("signed_in");
    } catch (cause) {
      this.#log.failed("taking in the sign-in", cause);
      if (this.#ready === undefined) this.#failed.fire(cause);
    }
  }

  async #settingsChanged(touched: SettingsChange): Promise<void> {
    const living = touched === "options" ? this.#ready?.client : undefined;
    if (living !== undefined) await this.#configure(living);
    // Without a client a changed option may be what was wrong.
    else await this.#takeIn(touched !== "look");
  }

  /** The requests that are under way keep their holds, and what the client showed stays. */
  async #configure(client: CreditClient): Promise<void> {
    const configured = client.configure(this.settings.options);
    this.#configured = configured;
    const rejection = await configured.then(
      () => undefined,
      (cause: unknown) => {
        this.#log.failed("taking in the settings", cause);
        return asSettingError(cause);
      },
    );
    // A later change may be rejected before this one is done.
    if (this.#configured === configured) this.#rejection = rejection;
    this.#restyled.fire();
  }

  async #takeIn(needsClient: boolean): Promise<void> {
    let failure: { cause: unknown } | undefined;
    try {
      if (needsClient) {
        const was = this.#running !== undefined || (await this.isSignedIn());
        this.#end();
        if (was) await this.#start();
      } else if (this.#ready !== undefined) {
        await this.#loadCatalogue(this.#ready.client);
      }
    } catch (cause) {
      this.#log.failed("taking in the settings", cause);
      failure = { cause };
    }
    if (needsClient) this.#replaced.fire();
    this.#restyled.fire();
    if (failure !== undefined && this.#ready === undefined) this.#failed.fire(failure.cause);
  }

  #end(): void {
    this.#ready?.stop();
    this.#ready = undefined;
    this.#running = undefined;
    this.#configured = undefined;
    this.#rejection = undefined;
  }
}

/** What this window does, as far as an extension host can know; whether there is a network, each request shows. */
function activity(): Activity {
  return { visible: window.state.active, focused: window.state.focused, online: true };
}

/** The error, if the core rejected a setting. */
export function asSettingError(cause: unknown): CreditError | undefined {
  return cause instanceof CreditError && cause.code === "invalid_input" ? cause : undefined;
}
