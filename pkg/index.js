// @ts-check
// Node's `import`: the same classes and the same loaded module as `require`.
export { CreditClient, CreditError, legacyQuotaInfo, load, loadTokens } from "./index.cjs";
