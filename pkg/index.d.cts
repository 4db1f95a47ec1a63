/** The types of index.d.ts for a CommonJS program: the same names, nothing of its own. */
import type * as api from "./index.js" with { "resolution-mode": "import" };

export type * from "./index.js" with { "resolution-mode": "import" };
export declare const load: typeof api.load;
export declare const loadTokens: typeof api.loadTokens;
export declare const legacyQuotaInfo: typeof api.legacyQuotaInfo;
export declare const CreditClient: typeof api.CreditClient;
export type CreditClient = api.CreditClient;
export declare const CreditError: typeof api.CreditError;
export type CreditError = api.CreditError;
