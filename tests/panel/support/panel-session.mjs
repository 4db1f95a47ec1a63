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
