// The page of the panel as an extension writes it into a webview, from the files that the package has for that.
import { build } from "esbuild";

import { servePage } from "./page-server.mjs";

const ROOT = new URL("../../../", import.meta.url);

/** What the page's document needs of the editor's API. */
const EDITOR = `export const Uri = { joinPath: (...parts) => parts.join("/") };`;
const editor = {
  name: "editor",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vscode$/ }, () => ({ path: "vscode", namespace: "editor" }));
    onLoad({ filter: /.*/, namespace: "editor" }, () => ({ contents: EDITOR }));
  },
};

async function documentOf(webview) {
  const entry = new URL("pkg/vscode/src/panel-page.ts", ROOT).pathname;
  const options = { bundle: true, format: "esm", write: false, plugins: [editor] };
  const { outputFiles } = await build({ entryPoints: [entry], ...options });
  const { panelPage } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
  return panelPage(webview, ".");
}

export async function serveWebview() {
  const html = await documentOf({ cspSource: "'self'", asWebviewUri: (path) => path });
  return servePage({ folder: new URL("pkg/vscode/dist/assets/panel/", ROOT), html });
}
