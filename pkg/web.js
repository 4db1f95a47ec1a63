// Browsers and bundlers for them. The wasm file is named by a URL next to this one, which bundlers know how to follow.
import * as glue from "./dist/costrict_credit.js";
import { createApi } from "./facade.js";

const api = createApi(glue, (location) => fetch(location), () => new URL("./dist/costrict_credit_bg.wasm", import.meta.url));

export const load = api.load;
export const CreditClient = api.CreditClient;
export const CreditError = api.CreditError;
