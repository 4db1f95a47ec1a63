/**
 * What stands between a caller and the generated glue: loading once, errors that are real errors, and a client that says
 * so when it is used too early or too late. It decides nothing else; `createApi` is called once for each entry file.
 */

/** Methods that answer at once. A method that this build of the core does not have is absent here too. */
export const ANSWERING = [
  "account",
  "nextRefresh",
  "watch",
  "models",
  "estimate",
  "compare",
  "estimateTask",
  "begin",
  "settle",
  "explain",
  "forecast",
  "panel",
  "status",
  "setCatalogue",
];

/** Methods that return a promise; whatever goes wrong in them is a rejection, never a synchronous throw. */
export const PROMISING = [
  "open",
  "refresh",
  "usage",
  "records",
  "exportAs",
  "transferOut",
  "redeem",
  "notices",
  "snooze",
  "accountUrl",
  "forget",
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
  if (thrown instanceof Error || typeof thrown !== "object" || thrown === null || !CODES.has(thrown.code))
    return thrown;
  return new CreditError(thrown.code, String(thrown.message), thrown.field);
}

const wrongModule = (found) =>
  new CreditError(
    "invalid_input",
    `load() takes bytes, a WebAssembly.Module, a URL or a Response, not ${found}.`,
    "wasm",
  );

const wrongTables = (found) =>
  new CreditError("invalid_input", `loadTokens() takes bytes, a URL or a Response, not ${found}.`, "tables");

const kindOf = (value) => (value === null ? "null" : typeof value);

/** Whether `read` takes `value`. Built-in methods look at what an object is, not at the realm or package that it is of. */
const takes = (read, value) => {
  try {
    read(value);
    return true;
  } catch {
    return false;
  }
};
const lengthOf = (buffers) => buffers && Object.getOwnPropertyDescriptor(buffers.prototype, "byteLength").get;
const plainLength = lengthOf(globalThis.ArrayBuffer);
// A page has these only where it is isolated from other origins.
const sharedLength = lengthOf(globalThis.SharedArrayBuffer);
const isPlainBuffer = (value) => takes((buffer) => plainLength.call(buffer), value);
const isSharedBuffer = (value) => sharedLength !== undefined && takes((buffer) => sharedLength.call(buffer), value);
const isModule = (value) => takes((module) => WebAssembly.Module.exports(module), value);

/** Bytes in any form as a Uint8Array of this realm; nothing for what is none. Shared memory is copied, since nothing compiles it. */
function toBytes(source) {
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : isPlainBuffer(source) || isSharedBuffer(source)
      ? new Uint8Array(source)
      : undefined;
  return view !== undefined && isSharedBuffer(view.buffer) ? new Uint8Array(view) : view;
}

/** A Response of whatever fetch, or a Blob. */
const isResponse = (value) => typeof value?.arrayBuffer === "function";
/** The text of a URL, also of one of another realm. */
const toLocation = (value) =>
  typeof value === "string" ? value : typeof value?.href === "string" ? value.href : undefined;

async function bytesOfResponse(response, what) {
  refuseFailed(response, what);
  return toBytes(await response.arrayBuffer());
}

function refuseFailed(response, what) {
  // A Blob is neither good nor bad.
  if (response.ok === false)
    throw new Error(`The ${what} could not be loaded: HTTP ${response.status} from ${response.url}`);
}

async function compileResponse(response) {
  refuseFailed(response, "wasm file");
  const type = String(response.headers?.get?.("content-type") ?? "")
    .trim()
    .toLowerCase();
  // Streaming takes no other type, no parameters beside it, and no Response that is not the engine's own.
  const streams = type === "application/wasm" && typeof Response !== "undefined" && response instanceof Response;
  return streams
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await bytesOfResponse(response, "wasm file"));
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
  function teach(client, options) {
    let locale;
    try {
      locale = options?.locale;
    } catch {
      // The core reads it too, and says what is wrong with it.
      return;
    }
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
    if (isModule(source)) return source;
    const bytes = toBytes(source);
    if (bytes !== undefined) return WebAssembly.compile(bytes);
    if (isResponse(source)) return compileResponse(source);
    const location = toLocation(source);
    if (location !== undefined) return compile(open(location));
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
    const bytes = toBytes(source);
    if (bytes !== undefined) return bytes;
    if (isResponse(source)) return bytesOfResponse(source, "token tables");
    const location = toLocation(source);
    if (location !== undefined) return bytesOf(open(location));
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
    /** Calls of this client that are running, one inside another where a callback of the host calls back. */
    #calls = 0;
    /** The raw client of one that was freed inside such a call. */
    #ending;

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
      // Freed from inside one of its calls, it goes when that call is over.
      if (this.#calls > 0) this.#ending ??= raw;
      else raw?.free();
    }

    static {
      // Defined here because only the class body reaches #raw.
      const call = (client, name, args) => {
        const raw = client.#raw;
        if (raw === undefined) throw new CreditError("freed", `${name}() was called after free().`);
        client.#calls++;
        try {
          if (readCatalogue !== undefined && VIEWS.has(name)) teach(raw, args[0]);
          return raw[name](...args);
        } catch (thrown) {
          throw creditError(thrown);
        } finally {
          client.#calls--;
          if (client.#calls === 0 && client.#ending !== undefined) {
            client.#ending.free();
            client.#ending = undefined;
          }
        }
      };
      const define = (name, value) => {
        if (name in glue.WasmClient.prototype) {
          Object.defineProperty(CreditClient.prototype, name, { value, configurable: true, writable: true });
        }
      };
      for (const name of ANSWERING) {
        define(
          name,
          {
            [name](...args) {
              return call(this, name, args);
            },
          }[name],
        );
      }
      for (const name of PROMISING) {
        define(
          name,
          {
            async [name](...args) {
              const answer = call(this, name, args);
              try {
                return await answer;
              } catch (thrown) {
                throw creditError(thrown);
              }
            },
          }[name],
        );
      }
    }
  }

  return { load, loadTokens, CreditClient, CreditError };
}
