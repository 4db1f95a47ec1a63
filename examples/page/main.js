import { CreditClient, load } from "costrict-credit";
import { browserHost } from "costrict-credit/panel";

/** Your own sign-in goes here. This one reads what the server of the page answers. */
const session = fetch("./session.json").then((reply) => (reply.ok ? reply.json() : {}));
const token = async () => (await session).token;

await load();
const client = new CreditClient(browserHost({ token }), { baseUrl: location.origin });
document.querySelector("costrict-credit-panel").client = client;
