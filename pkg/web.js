// @ts-check
// For browsers and their bundlers, which follow the URLs of the files beside this one.
import * as glue from "./dist/costrict_credit.js";
import { createApi } from "./facade.js";

// Written out, since bundlers follow only whole names. The family that is missing here is built in.
/** @type {Record<string, () => URL>} */
const tokens = {
  "claude-4.6": () => new URL("./tokens/claude-4.6.bin", import.meta.url),
  "claude-4.7": () => new URL("./tokens/claude-4.7.bin", import.meta.url),
  deepseek: () => new URL("./tokens/deepseek.bin", import.meta.url),
  kimi: () => new URL("./tokens/kimi.bin", import.meta.url),
  minimax: () => new URL("./tokens/minimax.bin", import.meta.url),
  o200k: () => new URL("./tokens/o200k.bin", import.meta.url),
  qwen: () => new URL("./tokens/qwen.bin", import.meta.url),
};

const wasm = () => new URL("./dist/costrict_credit_bg.wasm", import.meta.url);
const api = createApi(
  glue,
  (location) => fetch(location),
  wasm,
  (family) => tokens[family]?.(),
);

export const load = api.load;
export const loadTokens = api.loadTokens;
export const legacyQuotaInfo = api.legacyQuotaInfo;
export const CreditClient = api.CreditClient;
export const CreditError = api.CreditError;
