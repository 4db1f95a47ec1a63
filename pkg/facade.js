// @ts-check
/**
 * The public API over the generated glue: loads once, throws `CreditError` for a caller's mistake, refuses calls before
 * `load()` and after `free()`, and gives a client the texts of a language before its first view in it. It contains no rule
 * about credits.
 */

import { catalogueReader } from "./catalogue-reader.js";
import { CreditError, creditError } from "./credit-error.js";
import { Handle } from "./handle.js";
import { legacyQuotaInfo } from "./legacy-quota.js";
import { compile, readTables } from "./loading.js";

/**
 * @import * as Api from "./index.js"
 * @import { Open } from "./loading.js"
 * @typedef {Omit<Api.CreditClient, "openPanel"> & { openPanel(): RawPanel }} RawClient
 * @typedef {Api.CreditPanel} RawPanel
 * @typedef {object} Glue the module that wasm-bindgen wrote
 * @property {(options: { module_or_path: WebAssembly.Module }) => Promise<unknown>} default starts an instance
 * @property {new (host: any, options: any) => any} WasmClient
 * @property {(model: any) => any} tokenFamily
 * @property {(family: any, tables: any) => void} setTokenTables
 */

/** @param {string} kind */
const wrongModule = (kind) =>
  new CreditError(
    "invalid_input",
    `load() takes bytes, a WebAssembly.Module, a URL or a Response, not ${kind}.`,
    "wasm",
  );

const otherWasm = () =>
  new CreditError(
    "invalid_input",
    "load() got a wasm file of another program or another release: give it costrict-credit/wasm of the version that is loaded.",
    "wasm",
  );

/** @param {string} kind */
const wrongTables = (kind) =>
  new CreditError("invalid_input", `loadTokens() takes bytes, a URL or a Response, not ${kind}.`, "tables");

/** @implements {Api.CreditPanel} */
class CreditPanel {
  /** @type {Handle<RawPanel>} */
  #handle;
  /** @type {(options: any) => void} */
  #addCatalogue;
  /** @type {() => void} */
  #onFree;

  /**
   * @param {Handle<RawPanel>} handle
   * @param {(options: any) => void} addCatalogue
   * @param {() => void} onFree
   */
  constructor(handle, addCatalogue, onFree) {
    this.#handle = handle;
    this.#addCatalogue = addCatalogue;
    this.#onFree = onFree;
  }

  free() {
    this.#handle.free();
    this.#onFree();
  }

  /** @type {Api.CreditPanel["view"]} */
  view(options) {
    return this.#handle.call("view", (raw) => {
      this.#addCatalogue(options);
      return raw.view(options);
    });
  }

  /** @type {Api.CreditPanel["begin"]} */
  begin(draft) {
    return this.#handle.call("begin", (raw) => raw.begin(draft));
  }

  /** @type {Api.CreditPanel["reserve"]} */
  reserve(draft) {
    return this.#handle.request("reserve", (raw) => raw.reserve(draft));
  }

  /** @type {Api.CreditPanel["usage"]} */
  usage(query) {
    return this.#handle.request("usage", (raw) => raw.usage(query));
  }

  /** @type {Api.CreditPanel["usageBefore"]} */
  usageBefore(query) {
    return this.#handle.request("usageBefore", (raw) => raw.usageBefore(query));
  }

  /** @type {Api.CreditPanel["records"]} */
  records(query) {
    return this.#handle.request("records", (raw) => raw.records(query));
  }

  /** @type {Api.CreditPanel["exportAs"]} */
  exportAs(what, format, range) {
    return this.#handle.request("exportAs", (raw) => raw.exportAs(what, format, range));
  }

  /** @type {Api.CreditPanel["transferOut"]} */
  transferOut(order) {
    return this.#handle.request("transferOut", (raw) => raw.transferOut(order));
  }

  /** @type {Api.CreditPanel["redeem"]} */
  redeem(voucherCode) {
    return this.#handle.request("redeem", (raw) => raw.redeem(voucherCode));
  }
}

/**
 * Called once by each entry file.
 * @param {Glue} glue
 * @param {Open} open
 * @param {() => unknown} defaultLocation where the wasm file is if the caller gives none
 * @param {(family: string) => unknown} tokensLocation where the tables of a family are; `undefined` for the built-in one
 * @param {(locale: string) => string | undefined} [readCatalogue]
 */
export function createApi(glue, open, defaultLocation, tokensLocation, readCatalogue) {
  /** @type {Promise<void> | undefined} */
  let loading;
  let loaded = false;
  const addCatalogue = catalogueReader(readCatalogue);

  /** @param {unknown} given */
  async function start(given) {
    const module = await compile(given, open, wrongModule);
    // The glue keeps what it has started, whatever it is: no later call could put it right.
    if (!WebAssembly.Module.exports(module).some(({ name }) => name === "__wbindgen_start")) throw otherWasm();
    await glue.default({ module_or_path: module }).catch((cause) => {
      throw cause instanceof WebAssembly.LinkError ? otherWasm() : cause;
    });
    loaded = true;
  }

  /** @type {typeof Api.load} */
  function load(wasm) {
    loading ??= start(wasm ?? defaultLocation()).catch((cause) => {
      // The next call tries again.
      loading = undefined;
      throw cause;
    });
    return loading;
  }

  /** @type {Map<Api.TokenFamily, Promise<void>>} */
  const families = new Map();

  /** @type {typeof Api.loadTokens} */
  async function loadTokens(model, tables) {
    if (!loaded) throw new CreditError("not_loaded", "Await load() before loading token tables.");
    try {
      /** @type {Api.TokenFamily} */
      const family = glue.tokenFamily(model);
      // The built-in family has no file.
      const location = tables ?? tokensLocation(family);
      if (location !== undefined && (tables !== undefined || !families.has(family))) {
        const reading = readTables(location, open, wrongTables).then((bytes) => glue.setTokenTables(family, bytes));
        families.set(family, reading);
        // The next call tries again.
        reading.catch(() => families.delete(family));
      }
      await families.get(family);
      return family;
    } catch (thrown) {
      throw creditError(thrown);
    }
  }

  /** @implements {Api.CreditClient} */
  class CreditClient {
    /** @type {Handle<RawClient>} */
    #handle;
    /** Panels that were opened, which end with the client. @type {Set<Handle<RawPanel>>} */
    #panels = new Set();

    /**
     * @param {Api.Host} host
     * @param {Api.ClientOptions} [options]
     */
    constructor(host, options) {
      if (!loaded) throw new CreditError("not_loaded", "Await load() before making a CreditClient.");
      try {
        this.#handle = new Handle(new glue.WasmClient(host, options));
      } catch (thrown) {
        throw creditError(thrown);
      }
    }

    free() {
      this.#handle.free();
      for (const panel of this.#panels) panel.free();
      this.#panels.clear();
    }

    /** @type {Api.CreditClient["open"]} */
    open() {
      return this.#handle.request("open", (raw) => raw.open());
    }

    /** @type {Api.CreditClient["configure"]} */
    configure(settings) {
      return this.#handle.request("configure", (raw) => raw.configure(settings));
    }

    /** @type {Api.CreditClient["account"]} */
    account() {
      return this.#handle.call("account", (raw) => raw.account());
    }

    /** @type {Api.CreditClient["refresh"]} */
    refresh(trigger) {
      return this.#handle.request("refresh", (raw) => raw.refresh(trigger));
    }

    /** @type {Api.CreditClient["nextRefresh"]} */
    nextRefresh(activity) {
      return this.#handle.call("nextRefresh", (raw) => raw.nextRefresh(activity));
    }

    /** @type {Api.CreditClient["accountPageOpened"]} */
    accountPageOpened() {
      this.#handle.call("accountPageOpened", (raw) => raw.accountPageOpened());
    }

    /** @type {Api.CreditClient["watch"]} */
    watch(listener) {
      return this.#handle.call("watch", (raw) => raw.watch(listener));
    }

    /** @type {Api.CreditClient["task"]} */
    task(id) {
      return this.#handle.call("task", (raw) => raw.task(id));
    }

    /** @type {Api.CreditClient["tasks"]} */
    tasks(query) {
      return this.#handle.call("tasks", (raw) => raw.tasks(query));
    }

    /** @type {Api.CreditClient["taskRequests"]} */
    taskRequests(id) {
      return this.#handle.call("taskRequests", (raw) => raw.taskRequests(id));
    }

    /** @type {Api.CreditClient["watchCharges"]} */
    watchCharges(listener) {
      return this.#handle.call("watchCharges", (raw) => raw.watchCharges(listener));
    }

    /** @type {Api.CreditClient["models"]} */
    models() {
      return this.#handle.call("models", (raw) => raw.models());
    }

    /** @type {Api.CreditClient["estimate"]} */
    estimate(draft) {
      return this.#handle.call("estimate", (raw) => raw.estimate(draft));
    }

    /** @type {Api.CreditClient["compare"]} */
    compare(draft) {
      return this.#handle.call("compare", (raw) => raw.compare(draft));
    }

    /** @type {Api.CreditClient["estimateTask"]} */
    estimateTask(feature, model, of) {
      return this.#handle.call("estimateTask", (raw) => raw.estimateTask(feature, model, of));
    }

    /** @type {Api.CreditClient["begin"]} */
    begin(draft) {
      return this.#handle.call("begin", (raw) => raw.begin(draft));
    }

    /** @type {Api.CreditClient["reserve"]} */
    reserve(draft) {
      return this.#handle.request("reserve", (raw) => raw.reserve(draft));
    }

    /** @type {Api.CreditClient["caps"]} */
    caps(of) {
      return this.#handle.call("caps", (raw) => raw.caps(of));
    }

    /** @type {Api.CreditClient["raiseCap"]} */
    raiseCap(scope, to) {
      return this.#handle.call("raiseCap", (raw) => raw.raiseCap(scope, to));
    }

    /** @type {Api.CreditClient["settle"]} */
    settle(id, outcome) {
      return this.#handle.call("settle", (raw) => raw.settle(id, outcome));
    }

    /** @type {Api.CreditClient["receipt"]} */
    receipt(id, options) {
      return this.#handle.call("receipt", (raw) => {
        addCatalogue(raw, options);
        return raw.receipt(id, options);
      });
    }

    /** @type {Api.CreditClient["explain"]} */
    explain(reply) {
      return this.#handle.call("explain", (raw) => raw.explain(reply));
    }

    /** @type {Api.CreditClient["forecast"]} */
    forecast(plan) {
      return this.#handle.call("forecast", (raw) => raw.forecast(plan));
    }

    /** @type {Api.CreditClient["usage"]} */
    usage(query) {
      return this.#handle.request("usage", (raw) => raw.usage(query));
    }

    /** @type {Api.CreditClient["usageBefore"]} */
    usageBefore(query) {
      return this.#handle.request("usageBefore", (raw) => raw.usageBefore(query));
    }

    /** @type {Api.CreditClient["records"]} */
    records(query) {
      return this.#handle.request("records", (raw) => raw.records(query));
    }

    /** @type {Api.CreditClient["exportAs"]} */
    exportAs(what, format, range) {
      return this.#handle.request("exportAs", (raw) => raw.exportAs(what, format, range));
    }

    /** @type {Api.CreditClient["reviewTransfer"]} */
    reviewTransfer(draft, options) {
      return this.#handle.call("reviewTransfer", (raw) => {
        addCatalogue(raw, options);
        return raw.reviewTransfer(draft, options);
      });
    }

    /** @type {Api.CreditClient["transferOut"]} */
    transferOut(order) {
      return this.#handle.request("transferOut", (raw) => raw.transferOut(order));
    }

    /** @type {Api.CreditClient["redeem"]} */
    redeem(voucherCode) {
      return this.#handle.request("redeem", (raw) => raw.redeem(voucherCode));
    }

    /** @type {Api.CreditClient["loadForecast"]} */
    loadForecast() {
      return this.#handle.request("loadForecast", (raw) => raw.loadForecast());
    }

    /** @type {Api.CreditClient["panel"]} */
    panel(options) {
      return this.#handle.call("panel", (raw) => {
        addCatalogue(raw, options);
        return raw.panel(options);
      });
    }

    /** @type {Api.CreditClient["missingCatalogue"]} */
    missingCatalogue(locale) {
      return this.#handle.call("missingCatalogue", (raw) => raw.missingCatalogue(locale));
    }

    /** @type {Api.CreditClient["setCatalogue"]} */
    setCatalogue(locale, json) {
      return this.#handle.call("setCatalogue", (raw) => raw.setCatalogue(locale, json));
    }

    /** @type {Api.CreditClient["status"]} */
    status(options) {
      return this.#handle.call("status", (raw) => {
        addCatalogue(raw, options);
        return raw.status(options);
      });
    }

    /** @type {Api.CreditClient["taskStatus"]} */
    taskStatus(id, options) {
      this.#handle.call("taskStatus", (raw) => addCatalogue(raw, options));
      return this.#handle.call("taskStatus", (raw) => raw.taskStatus(id, options));
    }

    /** @type {Api.CreditClient["notices"]} */
    notices(options) {
      return this.#handle.request("notices", (raw) => {
        addCatalogue(raw, options);
        return raw.notices(options);
      });
    }

    /** @type {Api.CreditClient["snooze"]} */
    snooze(noticeId, forMs) {
      return this.#handle.request("snooze", (raw) => raw.snooze(noticeId, forMs));
    }

    /** @type {Api.CreditClient["accountUrl"]} */
    accountUrl(tab) {
      return this.#handle.request("accountUrl", (raw) => raw.accountUrl(tab));
    }

    /** @type {Api.CreditClient["inviteCode"]} */
    inviteCode() {
      return this.#handle.request("inviteCode", (raw) => raw.inviteCode());
    }

    /** @type {Api.CreditClient["openPanel"]} */
    openPanel() {
      const panel = new Handle(this.#handle.call("openPanel", (raw) => raw.openPanel()));
      this.#panels.add(panel);
      return new CreditPanel(
        panel,
        (options) => this.#handle.call("view", (raw) => addCatalogue(raw, options)),
        () => this.#panels.delete(panel),
      );
    }

    /** @type {Api.CreditClient["forget"]} */
    forget() {
      return this.#handle.request("forget", (raw) => raw.forget());
    }
  }

  return { load, loadTokens, legacyQuotaInfo, CreditClient, CreditError };
}
