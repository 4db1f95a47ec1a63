// Node's `import`. The instance is the one of index.cjs: classes and the loaded module are the same for both ways in.
export { CreditClient, CreditError, load, loadTokens } from "./index.cjs";
