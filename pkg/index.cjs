// @ts-check
"use strict";
// Node's `require`. Name by name: for `import`, Node parses the file that it leads to for the names of its exports, and this
// one is short.
const api = require("./dist/node.cjs");

exports.load = api.load;
exports.loadTokens = api.loadTokens;
exports.legacyQuotaInfo = api.legacyQuotaInfo;
exports.CreditClient = api.CreditClient;
exports.CreditError = api.CreditError;
