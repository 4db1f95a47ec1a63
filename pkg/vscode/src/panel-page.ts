/** The document of the panel in a webview. */

import { Uri, type Webview } from "vscode";

/** @param folder the files that the page loads, and nothing beside them */
export function panelPage(webview: Webview, folder: Uri): string {
  const script = webview.asWebviewUri(Uri.joinPath(folder, "index.js")).toString();
  return page(
    webview,
    folder,
    `<script type="module" src="${script}"></script>`,
    "<main><costrict-credit-panel></costrict-credit-panel></main>",
  );
}

/** Why there is no panel. */
export function failurePage(webview: Webview, folder: Uri, reason: string): string {
  const text = reason.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return page(webview, folder, "", `<main><p class="not-started" role="alert">${text}</p></main>`);
}

function page(webview: Webview, folder: Uri, script: string, body: string): string {
  const source = webview.cspSource;
  const policy = [
    "default-src 'none'",
    `script-src ${source}`,
    `style-src ${source}`,
    `img-src ${source}`,
    `font-src ${source}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types lit-html",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="referrer" content="no-referrer">
    <link rel="stylesheet" href="${webview.asWebviewUri(Uri.joinPath(folder, "style.css")).toString()}">
    ${script}
  </head>
  <body>${body}</body>
</html>`;
}
