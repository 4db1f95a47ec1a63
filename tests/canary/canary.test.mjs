// Secrets stay where they belong: a token in the header of requests, a voucher's code where its user asked to see it. After a whole use
// every place of places.mjs is searched for them in every form of secrets.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Ledger } from "../panel/support/ledger.mjs";
import { useExtension } from "./extension.mjs";
import { Gateway } from "./gateway.mjs";
import { useLibrary } from "./library.mjs";
import { usePage } from "./page.mjs";
import { PLACES, Search } from "./places.mjs";
import { canaryToken, Secrets } from "./secrets.mjs";
import { useTerminal } from "./terminal.mjs";

const secrets = new Secrets();
const search = new Search(secrets);
let ledger, gateway, serial;

before(async () => {
  ledger = await Ledger.start();
  gateway = await Gateway.open(ledger);
  serial = 0;
});
after(async () => {
  await gateway?.close();
  await ledger?.stop();
});

/** An account of the ledger with credits, and the canary's token for it. */
async function account(name) {
  const id = await ledger.account({ amount: 41.5, valid_days: 20 });
  const real = await ledger.token(id);
  const token = canaryToken(id, (serial += 1));
  gateway.tokens.set(token, real);
  secrets.addToken(`the token of ${name}`, token);
  const renewal = `${serial}-renewal-kanarienvogel-`.repeat(3);
  secrets.addText(`the renewal of ${name}`, renewal);
  return { id, token, real, renewal };
}

/** What was found since the step before, so that each step names its own. */
function nothingNew(seen) {
  const found = search.found.filter((line) => !seen.has(line));
  for (const line of found) seen.add(line);
  assert.deepEqual(found, []);
}

const seen = new Set();

test("the search finds each form of a secret, also a part of it", () => {
  const own = new Secrets();
  const token = canaryToken("user", 0);
  own.addToken("it", token);
  const claims = token.split(".")[1];
  const { phone_number, email } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
  for (const text of [
    `x ${token} y`,
    Buffer.from(`Bearer ${token}!`).toString("base64"),
    Buffer.from(`a=${token}`).toString("base64url"),
    Buffer.from(token).toString("hex"),
    Buffer.from(JSON.stringify({ token })).toString("hex").toUpperCase(),
    `?q=${encodeURIComponent(phone_number)}`,
    [...token].reverse().join(""),
    claims,
    claims.slice(125, 170),
    JSON.stringify({ mail: email }),
  ])
    assert.notDeepEqual(own.in(text), [], text);
  assert.deepEqual(own.in("nothing of it, Reader, user"), []);
});

test("a Node program that uses all of the library", async () => {
  const [giver, receiver] = [await account("the giver"), await account("the receiver")];
  await ledger.chat(giver.real, "hello");
  await useLibrary({ gateway, secrets, search, giver, receiver });
  nothingNew(seen);
});

test("the command line program", async () => {
  await useTerminal({ gateway, search, account: await account("the terminal") });
  nothingNew(seen);
});

for (const host of ["web", "node"])
  test(`the extension in its ${host} host`, async () => {
    const [giver, receiver] = [await account("the editor"), await account("the editor's friend")];
    await useExtension({ host, gateway, secrets, search, giver, receiver });
    nothingNew(seen);
  });

test("the panel in a page, and the page's memory after signing out", async () => {
  const [giver, receiver] = [await account("the reader"), await account("the reader's friend")];
  await usePage({ gateway, secrets, search, giver, receiver });
  nothingNew(seen);
});

test("requests have the token in their header alone", () => {
  for (const { url, headers, body } of gateway.requests.splice(0)) {
    const step = url.split("?")[0];
    // A login is found again by its state, which is good for one token.
    search.at("request addresses", url, { step, shown: step.includes("/plugin/") ? ["the state of an address"] : [] });
    search.at("request headers", headers, { step });
    search.at("request bodies", body || "none", { step, shown: step.endsWith("/transfer-in") ? ["the code"] : [] });
  }
  nothingNew(seen);
});

test("every place of the list was searched", () => {
  assert.deepEqual(search.unsearched, []);
  assert.equal(Object.keys(search.volume).length, Object.keys(PLACES).length);
});
