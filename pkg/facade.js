/**
 * What stands between a caller and the generated glue: loading once, errors that are real errors, and a client that says
 * so when it is used too early or too late. It decides nothing else; `createApi` is called once for each entry file.
 */

/** Methods that answer at once. A method that this build of the core does not have is absent here too. */
export const ANSWERING = [
  "account", "nextRefresh", "watch", "models", "estimate", "compare", "estimateTask", "begin", "settle", "explain",
  "forecast", "panel", "status", "setCatalogue",
];

/** Methods that return a promise; whatever goes wrong in them is a rejection, never a synchronous throw. */
export const PROMISING = [
  "open", "refresh", "usage", "records", "exportAs", "transferOut", "redeem", "notices", "snooze", "accountUrl", "forget",
];

/** Methods that speak a language. */
const VIEWS = new Set(["panel", "status", "notices"]);

/** Thrown for a caller's mistake only; what the world did is a `problem` in the result. */
export class CreditError extends Error {
  constructor(code, message, field) {
    super(message);
    this.code = code;
    if (field !== undefined) this.field = field;
  }
}
// On the prototype and not enumerable, as the built-in errors have it.
Object.defineProperty(CreditError.prototype, "name", { value: "CreditError", configurable: true, writable: true });

const CODES = new Set(["invalid_input", "not_loaded", "freed"]);

/** The core throws a plain object for a caller's mistake; everything else passes through as it is. */
function creditError(thrown) {
  if (thrown instanceof Error || typeof thrown !== "object" || thrown === null || !CODES.has(thrown.code)) return thrown;
  return new CreditError(thrown.code, String(thrown.message), thrown.field);
}

const wrongModule = (found) =>
  new CreditError("invalid_input", `load() takes bytes, a WebAssembly.Module, a URL or a Response, not ${found}.`, "wasm");

const wrongTables = (found) =>
  new CreditError("invalid_input", `loadTokens() takes bytes, a URL or a Response, not ${found}.`, "tables");

const kindOf = (value) => value === null ? "null" : typeof value;
const isResponse = (value) => typeof Response !== "undefined" && value instanceof Response;

function refuseFailed(response, what) {
  if (!response.ok) throw new Error(`The ${what} could not be loaded: HTTP ${response.status} from ${response.url}`);
}

async function fromResponse(response) {
  refuseFailed(response, "wasm file");
  const type = response.headers.get("content-type") ?? "";
  // Streaming needs the right content type; servers that do not know .wasm send another one.
  if (type.startsWith("application/wasm")) return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/**
 * @param glue the module that wasm-bindgen wrote: its default export starts an instance, `WasmClient` is the raw client
 * @param open reads a URL or path to bytes or a Response
 * @param defaultLocation where the wasm file is when the caller names nothing
 * @param tokensLocation where the token tables of a family are; nothing for the one that is built in
 * @param readCatalogue the texts of a language, where they can be had at once; nothing where they cannot
 */
export function createApi(glue, open, defaultLocation, tokensLocation, readCatalogue) {
  let loading;
  let loaded = false;
  const catalogues = new Map();

  /** Gives a client the texts of a language before its first view in it. */
  function teach(client, locale) {
    const missing = client.missingCatalogue(locale);
    if (missing === undefined) return;
    if (!catalogues.has(missing)) catalogues.set(missing, readCatalogue(missing));
    const texts = catalogues.get(missing);
    if (texts === undefined) return;
    try {
      client.setCatalogue(missing, texts);
    } catch {
      // A bundle keeps something else under that name: not asked for again, and the views stay in English.
      catalogues.set(missing, undefined);
    }
  }

  async function compile(given) {
    const source = await given;
    if (source instanceof WebAssembly.Module) return source;
    if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
    if (isResponse(source)) return fromResponse(source);
    if (typeof source === "string" || source instanceof URL) return compile(open(source));
    throw wrongModule(kindOf(source));
  }

  async function start(given) {
    await glue.default({ module_or_path: await compile(given) });
    loaded = true;
  }

  function load(wasm) {
    loading ??= start(wasm ?? defaultLocation()).catch((cause) => {
      // A failed start is not the last word: the next call tries again.
      loading = undefined;
      throw cause;
    });
    return loading;
  }

  async function bytesOf(given) {
    const source = await given;
    if (source instanceof ArrayBuffer) return new Uint8Array(source);
    if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    if (isResponse(source)) {
      refuseFailed(source, "token tables");
      return new Uint8Array(await source.arrayBuffer());
    }
    if (typeof source === "string" || source instanceof URL) return bytesOf(open(source));
    throw wrongTables(kindOf(source));
  }

  const families = new Map();

  async function loadTokens(model, tables) {
    if (!loaded) throw new CreditError("not_loaded", "Await load() before loading token tables.");
    try {
      const family = glue.tokenFamily(model);
      // The one that is built in has no file.
      const location = tables ?? tokensLocation(family);
      if (location !== undefined && (tables !== undefined || !families.has(family))) {
        const loading = bytesOf(location).then((bytes) => glue.setTokenTables(family, bytes));
        families.set(family, loading);
        // As with load(): the next call tries again.
        loading.catch(() => families.delete(family));
      }
      await families.get(family);
      return family;
    } catch (thrown) {
      throw creditError(thrown);
    }
  }

  class CreditClient {
    #raw;

    constructor(host, options) {
      if (!loaded) throw new CreditError("not_loaded", "Await load() before making a CreditClient.");
      try {
        this.#raw = new glue.WasmClient(host, options);
      } catch (thrown) {
        throw creditError(thrown);
      }
    }

    free() {
      const raw = this.#raw;
      this.#raw = undefined;
      raw?.free();
    }

    static {
      // Defined here because only the class body reaches #raw.
      const call = (client, name, args) => {
        if (client.#raw === undefined) throw new CreditError("freed", `${name}() was called after free().`);
        try {
          if (readCatalogue !== undefined && VIEWS.has(name)) teach(client.#raw, args[0]?.locale);
          return client.#raw[name](...args);
        } catch (thrown) {
          throw creditError(thrown);
        }
      };
      const define = (name, value) => {
        if (name in glue.WasmClient.prototype) {
          Object.defineProperty(this.prototype, name, { value, configurable: true, writable: true });
        }
      };
      for (const name of ANSWERING) {
        define(name, { [name](...args) { return call(this, name, args); } }[name]);
      }
      for (const name of PROMISING) {
        define(name, {
          async [name](...args) {
            const answer = call(this, name, args);
            try {
              return await answer;
            } catch (thrown) {
              throw creditError(thrown);
            }
          },
        }[name]);
      }
    }
  }

  return { load, loadTokens, CreditClient, CreditError };
}
