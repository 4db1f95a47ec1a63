import { CreditClient, load } from "costrict-credit";
import { browserHost } from "costrict-credit/panel/react";

import { baseUrl, token } from "./session.js";

const client = load().then(() => new CreditClient(browserHost({ token }), { baseUrl }));
const getClient = () => client;

export const App = () => <costrict-credit-panel client={getClient} />;
