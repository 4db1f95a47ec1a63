/** The library between a client and its panels, from its sources, and clients of the real core. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const ROOT = new URL("../../../", import.meta.url);

export async function loadPanelSession() {
  const entry = fileURLToPath(new URL("pkg/panel-session/src/index.ts", ROOT));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/** Makes signed-out clients that are freed with their test. */
export async function clientMaker() {
  // The browser's entry: the one for Node reads catalogues by itself.
  const api = await import(new URL("pkg/web.js", ROOT));
  await api.load(await readFile(new URL("pkg/dist/costrict_credit_bg.wasm", ROOT)));
  return (t) => {
    const client = new api.CreditClient(
      { token: async () => undefined, read: async () => undefined, write: async () => {} },
      { baseUrl: "http://127.0.0.1:9" },
    );
    t.after(() => client.free());
    return client;
  };
}

/** A client that counts what it is asked for, and never wants a timer. */
export function fakeClient() {
  const client = {
    refreshes: [],
    activities: [],
    account: () => ({ state: "known", user: { id: "a" }, revision: 1 }),
    refresh: async (trigger) => client.refreshes.push(trigger),
    nextRefresh: (activity) => {
      client.activities.push(activity);
      return undefined;
    },
    pagesOpened: 0,
    accountPageOpened: () => {
      client.pagesOpened += 1;
    },
    open: async () => client.account(),
    watch: () => () => {},
    openPanel: () => ({
      view: (options) => client.panel(options),
      begin: (draft) => client.begin(draft),
      usage: (query) => client.usage(query),
      usageBefore: async (query) => client.usageBefore?.(query),
      records: (query) => client.records(query),
      exportAs: (...args) => client.exportAs(...args),
      transferOut: (order) => client.transferOut(order),
      redeem: (code) => client.redeem(code),
      free: () => {},
    }),
    missingCatalogue: () => undefined,
    loadForecast: async () => ({}),
    usage: async () => ({ rows: [], complete: true }),
    panel: ({ draft, model }) => ({ draft, model, sections: [] }),
  };
  return client;
}

export const settled = () => new Promise((resolve) => setImmediate(resolve));

export const turns = async () => {
  for (let turn = 0; turn < 10; turn += 1) await settled();
};

/** What a page sends first. */
export const readyMessage = (library) => ({
  type: "ready",
  version: library.PROTOCOL_VERSION,
  choices: {},
  activity: { visible: false, focused: false, online: false },
});
