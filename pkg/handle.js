// @ts-check
/** Calls of an object of the core that can be freed. */

import { CreditError, creditError } from "./credit-error.js";

/**
 * A raw object of the core, which is not used after it was freed, nor freed while it is used.
 * @template {{ free(): void }} Raw
 */
export class Handle {
  /** @type {Raw | undefined} */
  #raw;
  /** Running calls of the object; more than one if a callback of the host calls back. */
  #depth = 0;
  /** The object, if it was freed inside such a call. @type {Raw | undefined} */
  #freedInside;

  /** @param {Raw} raw */
  constructor(raw) {
    this.#raw = raw;
  }

  free() {
    const raw = this.#raw;
    this.#raw = undefined;
    // If a call of the object is running, it is freed when that call ends.
    if (this.#depth > 0) this.#freedInside ??= raw;
    else raw?.free();
  }

  /**
   * @template T
   * @param {string} method
   * @param {(raw: Raw) => T} call
   * @returns {T}
   */
  call(method, call) {
    const raw = this.#raw;
    if (raw === undefined) throw new CreditError("freed", `${method}() was called after free().`);
    this.#depth++;
    try {
      return call(raw);
    } catch (thrown) {
      throw creditError(thrown);
    } finally {
      this.#depth--;
      if (this.#depth === 0) {
        this.#freedInside?.free();
        this.#freedInside = undefined;
      }
    }
  }

  /**
   * Errors of a caller are rejections, never synchronous throws.
   * @template T
   * @param {string} method
   * @param {(raw: Raw) => Promise<T>} call
   * @returns {Promise<T>}
   */
  async request(method, call) {
    try {
      return await this.call(method, call);
    } catch (thrown) {
      throw creditError(thrown);
    }
  }
}
