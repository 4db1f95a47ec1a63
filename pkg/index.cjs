"use strict";
// Node and bundled extensions. `import` goes through this file too, so that a program which mixes both has one instance.
const { readFile } = require("node:fs/promises");
const { join } = require("node:path");
const { fileURLToPath } = require("node:url");
const glue = require("./dist/costrict_credit.cjs");
const { createApi } = require("./dist/facade.cjs");

const REMOTE = /^https?:/i;

/** A file by its path or file: URL, anything else over the network. */
function open(location) {
  const text = String(location);
  if (REMOTE.test(text)) return fetch(text);
  return readFile(text.startsWith("file:") ? fileURLToPath(text) : text);
}

const api = createApi(glue, open, () => join(__dirname, "dist", "costrict_credit_bg.wasm"));

exports.load = api.load;
exports.CreditClient = api.CreditClient;
exports.CreditError = api.CreditError;
