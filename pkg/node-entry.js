// @ts-check
// For Node and bundled extensions. Built into dist/node.cjs, one file, which `import` and `require` both lead to.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as glue from "./dist/costrict_credit.js";
import { createApi } from "./facade.js";

const REMOTE = /^https?:/i;
/** The folder of the package: this code is in its dist. */
const PACKAGE = join(__dirname, "..");

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
    return readFileSync(join(PACKAGE, "locales", `${locale}.json`), "utf8");
  } catch {
    return undefined;
  }
}

const BUILT_IN = "glm";
/** @param {string} family */
const tokens = (family) => (family === BUILT_IN ? undefined : join(PACKAGE, "tokens", `${family}.bin`));
const wasm = () => join(__dirname, "costrict_credit_bg.wasm");

const api = createApi(glue, open, wasm, tokens, readCatalogue);

export const load = api.load;
export const loadTokens = api.loadTokens;
export const legacyQuotaInfo = api.legacyQuotaInfo;
export const CreditClient = api.CreditClient;
export const CreditError = api.CreditError;
