// @ts-check
/**
 * Reads wasm and token tables from whatever form a caller gives: bytes, modules, URLs, Responses, promises of them. They
 * may belong to another realm (an iframe, Node's vm) or to another fetch package.
 */

/**
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 * @typedef {(location: string) => unknown} Open reads a URL or path to bytes or a Response
 */

/** @type {(value: unknown) => string} */
const kindOf = (value) => (value === null ? "null" : typeof value);

/**
 * Whether `read` accepts `value`. Built-in methods check what an object is, not which realm or package it comes from.
 * @template T
 * @param {(value: any) => T} read
 * @param {unknown} value
 */
const accepts = (read, value) => {
  try {
    read(value);
    return true;
  } catch {
    return false;
  }
};

/** @param {{ prototype: object } | undefined} buffers */
const lengthOf = (buffers) => buffers && Object.getOwnPropertyDescriptor(buffers.prototype, "byteLength")?.get;
const plainLength = lengthOf(globalThis.ArrayBuffer);
// A page has these only if it is isolated from other origins.
const sharedLength = lengthOf(globalThis.SharedArrayBuffer);

/**
 * @param {unknown} value
 * @returns {value is ArrayBuffer}
 */
const isPlainBuffer = (value) => accepts((buffer) => plainLength?.call(buffer), value);
/**
 * @param {unknown} value
 * @returns {value is SharedArrayBuffer}
 */
const isSharedBuffer = (value) => sharedLength !== undefined && accepts((buffer) => sharedLength.call(buffer), value);
/**
 * @param {unknown} value
 * @returns {value is WebAssembly.Module}
 */
const isModule = (value) => accepts((module) => WebAssembly.Module.exports(module), value);

/**
 * Bytes in any form as a Uint8Array of this realm; `undefined` for anything else. Shared memory is copied, since no engine
 * compiles it.
 * @param {unknown} source
 * @returns {Bytes | undefined}
 */
function toBytes(source) {
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : isPlainBuffer(source) || isSharedBuffer(source)
      ? new Uint8Array(source)
      : undefined;
  if (view === undefined) return undefined;
  return isSharedBuffer(view.buffer) ? new Uint8Array(view) : /** @type {Bytes} */ (view);
}

/**
 * A Response of any fetch, or a Blob.
 * @param {any} value
 * @returns {value is Response}
 */
const isResponse = (value) => typeof value?.arrayBuffer === "function";

/**
 * The text of a URL, also of one of another realm.
 * @param {any} value
 * @returns {string | undefined}
 */
const toLocation = (value) =>
  typeof value === "string" ? value : typeof value?.href === "string" ? value.href : undefined;

/** @type {(response: Response, what: string) => void} */
function refuseFailed(response, what) {
  // A Blob has no `ok`.
  if (response.ok === false)
    throw new Error(`The ${what} could not be loaded: HTTP ${response.status} from ${response.url}`);
}

/** @type {(response: Response, what: string) => Promise<Bytes | undefined>} */
async function bytesOfResponse(response, what) {
  refuseFailed(response, what);
  return toBytes(await response.arrayBuffer());
}

/** @type {(response: Response) => Promise<WebAssembly.Module>} */
async function compileResponse(response) {
  refuseFailed(response, "wasm file");
  const type = String(response.headers?.get?.("content-type") ?? "")
    .trim()
    .toLowerCase();
  // Streaming accepts no other type, no parameters beside it, and only the engine's own Response.
  const canStream = type === "application/wasm" && typeof Response !== "undefined" && response instanceof Response;
  if (canStream) return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(/** @type {Bytes} */ (await bytesOfResponse(response, "wasm file")));
}

/**
 * @param {unknown} given
 * @param {Open} open
 * @param {(kind: string) => Error} wrongArgument
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(given, open, wrongArgument) {
  const source = await given;
  if (isModule(source)) return source;
  const bytes = toBytes(source);
  if (bytes !== undefined) return WebAssembly.compile(bytes);
  if (isResponse(source)) return compileResponse(source);
  const location = toLocation(source);
  if (location !== undefined) return compile(open(location), open, wrongArgument);
  throw wrongArgument(kindOf(source));
}

/**
 * @param {unknown} given
 * @param {Open} open
 * @param {(kind: string) => Error} wrongArgument
 * @returns {Promise<Bytes | undefined>}
 */
export async function readTables(given, open, wrongArgument) {
  const source = await given;
  const bytes = toBytes(source);
  if (bytes !== undefined) return bytes;
  if (isResponse(source)) return bytesOfResponse(source, "token tables");
  const location = toLocation(source);
  if (location !== undefined) return readTables(open(location), open, wrongArgument);
  throw wrongArgument(kindOf(source));
}
