// @ts-check
/** The error of a caller's mistake. */

/** @import * as Api from "./index.js" */

/** Thrown for a caller's mistake only; a failure of server, network or host is a `problem` in the result. */
export class CreditError extends Error {
  /**
   * @param {Api.CreditError["code"]} code
   * @param {string} message
   * @param {string} [field]
   */
  constructor(code, message, field) {
    super(message);
    this.code = code;
    if (field !== undefined) this.field = field;
  }
}
// On the prototype and not enumerable, like the built-in errors.
Object.defineProperty(CreditError.prototype, "name", { value: "CreditError", configurable: true, writable: true });

const CODES = new Set(["invalid_input", "not_loaded", "freed"]);

/**
 * The core throws a plain object for a caller's mistake; everything else passes through unchanged.
 * @param {any} thrown
 */
export function creditError(thrown) {
  if (thrown instanceof Error || typeof thrown !== "object" || thrown === null || !CODES.has(thrown.code))
    return thrown;
  return new CreditError(thrown.code, String(thrown.message), thrown.field);
}
