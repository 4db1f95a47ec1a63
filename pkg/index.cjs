// @ts-check
"use strict";
// For Node and bundled extensions. `import` leads here too, so that a program that mixes both has one instance.
const { readFileSync } = require("node:fs");
const { readFile } = require("node:fs/promises");
const { join } = require("node:path");
const { fileURLToPath } = require("node:url");
const glue = require("./dist/costrict_credit.cjs");
/** @type {typeof import("./facade.js", { with: { "resolution-mode": "import" } })} */
const { createApi } = require("./dist/facade.cjs");

const REMOTE = /^https?:/i;

/**
 * A file by its path or file: URL, anything else over the network.
 * @param {string} location
 */
function open(location) {
  const text = String(location);
  if (REMOTE.test(text)) return fetch(text);
  return readFile(text.startsWith("file:") ? fileURLToPath(text) : text);
}

/**
 * The shipped texts of a language. They may be missing in a bundle: then views are in English until `setCatalogue`.
 * @param {string} locale
 */
function readCatalogue(locale) {
  try {
    return readFileSync(join(__dirname, "locales", `${locale}.json`), "utf8");
  } catch {
    return undefined;
  }
}

const BUILT_IN = "glm";
/** @param {string} family */
const tokens = (family) => (family === BUILT_IN ? undefined : join(__dirname, "tokens", `${family}.bin`));
const wasm = () => join(__dirname, "dist", "costrict_credit_bg.wasm");

const api = createApi(glue, open, wasm, tokens, readCatalogue);

exports.load = api.load;
exports.loadTokens = api.loadTokens;
exports.CreditClient = api.CreditClient;
exports.CreditError = api.CreditError;
